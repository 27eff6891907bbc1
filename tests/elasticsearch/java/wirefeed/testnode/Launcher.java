package wirefeed.testnode;

import java.nio.file.Path;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.CountDownLatch;
import org.elasticsearch.common.logging.LogConfigurator;
import org.elasticsearch.common.settings.Settings;
import org.elasticsearch.env.Environment;
import org.elasticsearch.node.InternalSettingsPreparer;
import org.elasticsearch.node.Node;
import org.elasticsearch.plugins.PluginsLoader;

/** One Elasticsearch node on 127.0.0.1 for tests and the demo: arguments HOME and HTTP_PORT. Ends on SIGTERM. */
public final class Launcher {
    public static void main(String[] arguments) throws Exception {
        Path home = Path.of(arguments[0]).toAbsolutePath();
        LogConfigurator.configureESLogging();
        Settings settings = Settings.builder()
            .put("path.home", home.toString())
            .put("path.data", home.resolve("data").toString())
            .put("path.logs", home.resolve("logs").toString())
            .put("path.repo", home.resolve("snapshots").toString())
            .put("node.name", "wirefeed-test")
            .put("cluster.name", "wirefeed-test")
            .put("discovery.type", "single-node")
            .put("http.host", "127.0.0.1")
            .put("http.port", arguments[1])
            .put("transport.host", "127.0.0.1")
            .put("transport.port", "0")
            .put("http.max_content_length", "10mb") // smaller than production's, so that splitting can be tested
            .put("action.auto_create_index", "false") // an index that nobody made is a bug of ours
            .put("cluster.routing.allocation.disk.threshold_enabled", "false")
            .build();
        Environment environment =
            InternalSettingsPreparer.prepareEnvironment(settings, Map.of(), home.resolve("config"), () -> "wirefeed-test");
        LogConfigurator.configureWithoutConfig(environment.settings());
        PluginsLoader loader = PluginsLoader.createPluginsLoader(
            PluginsLoader.loadModulesBundles(environment.modulesDir(), false), Set.of(), Map.of(), false);
        Node node = new Node(environment, loader);
        CountDownLatch ended = new CountDownLatch(1);
        Runtime.getRuntime().addShutdownHook(new Thread(() -> {
            try {
                node.close();
            } catch (Exception failure) {
                failure.printStackTrace();
            } finally {
                ended.countDown();
            }
        }));
        node.start();
        System.out.println("started");
        ended.await();
    }
}

"""One function a stage: all that DAGs and the command line call. Effects happen here, decisions in the stages."""

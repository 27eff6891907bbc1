"""What Kibana's desk is furnished with: saved objects made from the field table, shipped as config/kibana/wirefeed.ndjson."""

"""The search index, derived from the database: Elasticsearch or an embedded tantivy index behind one Protocol."""

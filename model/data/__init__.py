"""From files to rows: names, reviews, a teacher's beliefs, word vectors, and readers of tables."""

"""Every Kafka client under one contract (`../contract/README.md`): who there is, and what each was seen to do."""

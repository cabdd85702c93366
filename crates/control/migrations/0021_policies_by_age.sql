-- A page of policies is read in this order, and a document lies before the columns that it is ordered by.
CREATE INDEX policies_by_age ON policies (account, created_ms, name);

package models_test

import (
	"testing"

	"lianlian-checkout/models"
)

// TestEveryColumnIsDecidedAbout finds a line in models/personal.go for each column of each table, on both databases, so that whoever adds one says whether
// it holds what a buyer may want removed. Seen to fail without a line.
func TestEveryColumnIsDecidedAbout(t *testing.T) {
	t.Parallel()
	for _, e := range engines(t) {
		dsn := e.empty(t)
		s, err := models.OpenStore(t.Context(), models.StoreOptions{DSN: dsn})
		if err != nil {
			t.Fatal(err)
		}
		_ = s.Close()
		statement := "SELECT m.name || '.' || c.name FROM sqlite_master m JOIN pragma_table_info(m.name) c WHERE m.type = 'table' AND m.name NOT LIKE 'sqlite_%' AND m.name <> 'goose_db_version'"
		if e.name == "postgres" {
			statement = "SELECT table_name || '.' || column_name FROM information_schema.columns WHERE table_schema = 'public' AND table_name <> 'goose_db_version'"
		}
		decided := models.Fates()
		rows, err := e.open(t, dsn).QueryContext(t.Context(), statement)
		if err != nil {
			t.Fatal(err)
		}
		defer rows.Close()
		there := map[string]bool{}
		for rows.Next() {
			var column string
			if err := rows.Scan(&column); err != nil {
				t.Fatal(err)
			}
			there[column] = true
			if _, ok := decided[column]; !ok {
				t.Errorf("%s: nobody has decided whether %s holds personal data: add it to fates in models/personal.go (kept, erased, masked or aged)", e.name, column)
			}
		}
		if rows.Err() != nil || len(there) < 100 {
			t.Fatalf("%d columns, %v", len(there), rows.Err())
		}
		for column, removed := range decided {
			if removed && !there[column] {
				t.Errorf("%s: models/personal.go decides about %s, which isn't there", e.name, column)
			}
		}
	}
}

package models_test

import (
	"os"
	"path/filepath"
	"runtime"
	"testing"

	"lianlian-checkout/models"
)

// A database in a folder that others may enter is its owner's all the same.
func TestNewDatabaseIsPrivate(t *testing.T) {
	t.Parallel()
	if runtime.GOOS == "windows" {
		t.Skip("Windows has other means than the mode: skipped")
	}
	path := filepath.Join(t.TempDir(), "checkout.db")
	s, err := models.OpenStore(t.Context(), models.StoreOptions{DSN: path})
	if err != nil {
		t.Fatal(err)
	}
	defer func() { _ = s.Close() }()
	files, err := filepath.Glob(path + "*")
	if err != nil || len(files) == 0 {
		t.Fatalf("files %v, error %v", files, err)
	}
	for _, file := range files {
		if info, err := os.Stat(file); err != nil || info.Mode().Perm() != 0o600 {
			t.Errorf("%s: %v, %v", filepath.Base(file), info.Mode(), err)
		}
	}
}

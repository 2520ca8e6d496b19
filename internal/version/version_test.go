package version_test

import (
	"runtime"
	"testing"

	"lianlian-checkout/internal/version"
)

func TestRead(t *testing.T) {
	t.Parallel()
	if b := version.Read(); b.Version == "" || b.Go != runtime.Version() {
		t.Errorf("Read() = %+v", b)
	}
}

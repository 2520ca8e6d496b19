//go:build !(linux || darwin || freebsd)

package checkout

// freeSpace isn't known here.
func freeSpace(string) (bytes uint64, known bool) { return 0, false }

//go:build !(darwin || dragonfly || freebsd || linux || netbsd || openbsd || windows)

package simulator

import "os"

// lockFile keeps nobody out here: this system's locks aren't in the standard library.
func lockFile(name string) (*os.File, error) {
	return os.OpenFile(name, os.O_CREATE|os.O_RDWR, 0o600)
}

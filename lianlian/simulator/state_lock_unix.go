//go:build darwin || dragonfly || freebsd || linux || netbsd || openbsd

package simulator

import (
	"os"
	"syscall"
)

// lockFile takes a file for this process alone until it is closed or the process ends, however that happens.
func lockFile(name string) (*os.File, error) {
	f, err := os.OpenFile(name, os.O_CREATE|os.O_RDWR, 0o600)
	if err != nil {
		return nil, err
	}
	if err := syscall.Flock(int(f.Fd()), syscall.LOCK_EX|syscall.LOCK_NB); err != nil {
		_ = f.Close()
		return nil, errLocked
	}
	return f, nil
}

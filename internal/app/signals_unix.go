//go:build unix

package app

import (
	"os/signal"
	"syscall"
)

// A write beyond a limit of the file's size (ulimit -f) must fail, as on a full disk: the signal that comes with it would end the
// program while it could still tell the gateway to come again.
func init() { signal.Ignore(syscall.SIGXFSZ) }

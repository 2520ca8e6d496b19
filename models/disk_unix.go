//go:build linux || darwin || freebsd

package models

import "golang.org/x/sys/unix"

// freeBytes is how many bytes this program may still write in the folder, -1 when the system doesn't say.
func freeBytes(folder string) int64 {
	var s unix.Statfs_t
	if unix.Statfs(folder, &s) != nil {
		return -1
	}
	return int64(s.Bavail) * int64(s.Bsize) //nolint:unconvert // their types differ from system to system
}

//go:build linux || darwin || freebsd

package checkout

import "syscall"

// freeSpace is how many bytes a folder's disk has left for us.
func freeSpace(folder string) (bytes uint64, known bool) {
	var s syscall.Statfs_t
	if err := syscall.Statfs(folder, &s); err != nil {
		return 0, false
	}
	return uint64(s.Bavail) * uint64(s.Bsize), true //nolint:gosec,unconvert // their types differ from system to system
}

//go:build !linux && !darwin && !freebsd && !windows

package models

// freeBytes isn't known on this system.
func freeBytes(string) int64 { return -1 }

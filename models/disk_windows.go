package models

import "golang.org/x/sys/windows"

// freeBytes is how many bytes this program may still write in the folder, -1 when the system doesn't say.
func freeBytes(folder string) int64 {
	name, err := windows.UTF16PtrFromString(folder)
	if err != nil {
		return -1
	}
	var free uint64
	if windows.GetDiskFreeSpaceEx(name, &free, nil, nil) != nil {
		return -1
	}
	return int64(min(free, 1<<62))
}

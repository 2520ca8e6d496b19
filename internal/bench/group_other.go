//go:build !unix

package main

import "syscall"

// ownGroup is only written for Unix.
func ownGroup() *syscall.SysProcAttr { return nil }

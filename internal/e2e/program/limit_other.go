//go:build !linux

package program

import "testing"

// PeakMemory is known on Linux only; elsewhere it is zero.
func (p *Program) PeakMemory(testing.TB) int64 { return 0 }

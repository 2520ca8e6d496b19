// Package version says which build of the program this is.
package version

import (
	"cmp"
	"runtime"
	"runtime/debug"
)

// These are set by -ldflags "-X lianlian-checkout/internal/version.number=1.2.3" and so on when packages are built.
var number, commit, date string

// Build is one build of the program. What isn't known is empty.
type Build struct {
	Version string // like 1.2.3; "devel" outside of packages
	Commit  string // 40 hexadecimal digits, with "+changes" behind them when files weren't committed
	Date    string // of the commit, as 2026-11-26T01:10:35Z
	Go      string // like go1.26.8
}

// Read reads what the compiler left in the program.
func Read() Build {
	b := Build{Version: number, Commit: commit, Date: date, Go: runtime.Version()}
	info, ok := debug.ReadBuildInfo()
	if !ok {
		b.Version = cmp.Or(b.Version, "devel")
		return b
	}
	if v := info.Main.Version; b.Version == "" && v != "(devel)" {
		b.Version = v
	}
	b.Version = cmp.Or(b.Version, "devel")
	if b.Commit != "" {
		return b
	}
	changed := false
	for _, s := range info.Settings {
		switch s.Key {
		case "vcs.revision":
			b.Commit = s.Value
		case "vcs.time":
			b.Date = s.Value
		case "vcs.modified":
			changed = s.Value == "true"
		}
	}
	if changed {
		b.Commit += "+changes"
	}
	return b
}

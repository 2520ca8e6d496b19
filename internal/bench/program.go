package main

import (
	"context"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
)

// build compiles the program into the folder, as it is shipped: without C.
func build(ctx context.Context, dir string) (binary string, err error) {
	out, err := exec.CommandContext(ctx, "go", "env", "GOMOD").Output()
	if err != nil {
		return "", fmt.Errorf("go env GOMOD: %w", err)
	}
	binary = filepath.Join(dir, "program")
	cmd := exec.CommandContext(ctx, "go", "build", "-o", binary, ".")
	cmd.Dir, cmd.Env = filepath.Dir(strings.TrimSpace(string(out))), append(os.Environ(), "CGO_ENABLED=0")
	if text, err := cmd.CombinedOutput(); err != nil {
		return "", fmt.Errorf("build the program: %w\n%s", err, text)
	}
	return binary, nil
}

// place is a working folder of the program with its configuration and database.
type place struct {
	dir  string
	kind string
	dsn  string
}

// program is the running program.
type program struct {
	*child
	address string
}

// newPlace makes a working folder with an empty database of the kind, whose schema the program's own command makes.
func (b *bench) newPlace(ctx context.Context, kind string) (p place, err error) {
	b.places++
	p = place{dir: filepath.Join(b.dir, fmt.Sprintf("place%d", b.places)), kind: kind}
	if err := os.MkdirAll(p.dir, 0o700); err != nil {
		return p, err
	}
	if kind == postgres {
		if p.dsn, err = b.newDatabase(ctx); err != nil {
			return p, err
		}
	} else {
		p.dsn = filepath.Join(p.dir, "data", "checkout.db")
	}
	text := configuration(keyFolder(b.dir), "http://"+b.gatewayAddress, p.dsn)
	if err := os.WriteFile(filepath.Join(p.dir, "config.yaml"), []byte(text), 0o600); err != nil {
		return p, err
	}
	cmd := exec.CommandContext(ctx, b.binary, "migrate")
	cmd.Dir, cmd.Env = p.dir, append(environ(), b.programEnv("program")...)
	if out, err := cmd.CombinedOutput(); err != nil {
		return p, fmt.Errorf("migrate: %w\n%s", err, out)
	}
	return p, nil
}

// environ is the environment without settings of a shop: what is measured is what the bench configures.
func environ() []string {
	return slices.DeleteFunc(os.Environ(), func(v string) bool { return strings.HasPrefix(v, "CHECKOUT_") })
}

// remove takes the folder away.
func (p place) remove() { _ = os.RemoveAll(p.dir) }

// programEnv makes our own binary the program, where it is to be that.
func (b *bench) programEnv(role string) []string {
	if b.o.selfProgram {
		return []string{roleVariable + "=" + role}
	}
	return nil
}

// startProgram runs the program in its folder; its log goes to a file there, as a service's does.
func (b *bench) startProgram(ctx context.Context, p place) (*program, error) {
	c, address, err := startChild(ctx, "program", p.dir, b.binary, b.programEnv("program led"))
	if err != nil {
		return nil, err
	}
	return &program{c, address}, nil
}

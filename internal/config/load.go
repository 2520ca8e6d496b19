package config

import (
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"slices"
	"strings"
)

// ReadFile reads a whole file, as os.ReadFile does.
type ReadFile func(path string) ([]byte, error)

// maxFile is the largest configuration or key file that is read, in bytes.
const maxFile = 512 << 10

// Load reads the file at path, lays the CHECKOUT_ variables of environ (as os.Environ gives them) over it and checks the result.
// A file that isn't there is an error. What is wrong with the configuration is an Errors. A nil
// readFile reads regular files of the system, up to 512 KiB.
func Load(path string, environ []string, readFile ReadFile) (*Config, error) {
	if readFile == nil {
		readFile = readRegular
	}
	data, err := readFile(path)
	if err != nil {
		return nil, fmt.Errorf("read configuration: %w", err)
	}
	return parse(data, environ, readFile)
}

// Parse is Load for a file's content, such as the shipped config.yaml that is built into the program.
func Parse(yaml []byte, environ []string) (*Config, error) {
	return parse(yaml, environ, readRegular)
}

// ParseOnly is Parse with these of the file's groups, such as "shop"; of the others nothing but the name is read.
func ParseOnly(yaml []byte, environ []string, groups ...string) (*Config, error) {
	return parse(yaml, environ, readRegular, groups...)
}

// Text is what a file says for a key such as "shop.logo", unchecked: "" where it says nothing, or can't be read.
func Text(yaml []byte, key string) string {
	at, fault := readYAML(yaml)
	if fault != nil {
		return ""
	}
	for name := range strings.SplitSeq(key, ".") {
		i := slices.IndexFunc(at.fields, func(f field) bool { return f.key == name })
		if i < 0 {
			return ""
		}
		at = at.fields[i].value
	}
	return at.text
}

func parse(data []byte, environ []string, readFile ReadFile, only ...string) (*Config, error) {
	if len(data) > maxFile {
		return nil, Errors{{Key: "configuration", Problem: fmt.Sprintf("has %d bytes", len(data)), Remedy: fmt.Sprintf("use at most %d", maxFile)}}
	}
	c := Default()
	tree, fault := readYAML(data)
	if fault != nil {
		return nil, Errors{*fault}
	}
	for i, field := range tree.fields {
		if len(only) > 0 && !slices.Contains(only, field.key) {
			tree.fields[i].value = node{}
		}
	}
	f := newFaults()
	f.root(c, tree)
	f.environment(c, environ, readFile)
	f.keys(c, readFile)
	f.check(c)
	if len(f.list) > 0 {
		return nil, f.list
	}
	c.finish()
	return c, nil
}

// readRegular reads a regular file; a pipe or device could keep the start waiting for ever.
func readRegular(path string) ([]byte, error) {
	info, err := os.Stat(path)
	if err != nil {
		return nil, err
	}
	if !info.Mode().IsRegular() {
		return nil, &fs.PathError{Op: "read", Path: path, Err: errors.New("not a regular file")}
	}
	file, err := os.Open(path)
	if err != nil {
		return nil, err
	}
	defer file.Close()
	return io.ReadAll(io.LimitReader(file, maxFile+1))
}

// readText reads a file that holds a secret. The path isn't repeated in the problem: it may be the secret itself, put in the wrong place.
func readText(readFile ReadFile, path string) (text, problem, remedy string) {
	data, err := readFile(path)
	switch {
	case errors.Is(err, fs.ErrNotExist):
		return "", "names a file that doesn't exist", "check the path, which starts at the working directory unless it begins with /"
	case errors.Is(err, fs.ErrPermission):
		return "", "names a file that may not be read", "let the user that runs the checkout read it"
	case err != nil:
		return "", "names a file that can't be read", "name a regular file"
	case len(data) > maxFile:
		return "", "names a file of more than 512 KiB", "name a file that holds the value alone"
	case strings.TrimSpace(string(data)) == "":
		return "", "names an empty file", "put the value into it"
	}
	return string(data), "", ""
}

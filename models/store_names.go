package models

import (
	"io/fs"
	"path"
	"regexp"
	"strings"
	"sync"
	"testing/fstest"
)

// sharedPrefix begins the names of our tables and indexes in a database that isn't ours alone: shops have tables named orders and
// products themselves.
const sharedPrefix = "checkout_"

// goosesTable is where goose notes the migrations of a shared database: its own name for it may be in use there.
const goosesTable = sharedPrefix + "migrations"

var (
	createTable = regexp.MustCompile(`(?m)^\s*CREATE TABLE (?:IF NOT EXISTS )?(\w+)`)
	createIndex = regexp.MustCompile(`\bINDEX (?:IF (?:NOT )?EXISTS )?(\w+)`)
	// sqlParts are what a statement is read in: comments and texts, which stay; a name where a table or an index stands; and a table's
	// name before a column's.
	sqlParts = regexp.MustCompile("--[^\n]*|'[^']*'|" + `(?i:\b(?:FROM|JOIN|INTO|UPDATE|TABLE|REFERENCES|INDEX|ON|EXISTS)\s+["` + "`" + `]?\w+|\w+["` + "`" + `]?\.)`)
	sqlName  = regexp.MustCompile("\\w+([\"`]?\\.)?$")
)

// ourNames are the tables and indexes that the migrations make.
var ourNames = sync.OnceValue(func() map[string]bool {
	names := map[string]bool{}
	for _, file := range migrationFiles("migrations") {
		for _, made := range []*regexp.Regexp{createTable, createIndex} {
			for _, m := range made.FindAllStringSubmatch(file, -1) {
				names[m[1]] = true
			}
		}
	}
	return names
})

var sharedNames sync.Map // statement → the same with the names of a shared database

// sharedName is the statement with our tables' names in a shared database. Columns keep theirs, whatever they are called; so no
// statement of ours may list tables with commas.
func sharedName(statement string) string {
	if s, ok := sharedNames.Load(statement); ok {
		return s.(string)
	}
	s := renamed(statement)
	sharedNames.Store(statement, s)
	return s
}

func renamed(statement string) string {
	ours := ourNames()
	return sqlParts.ReplaceAllStringFunc(statement, func(part string) string {
		if part[0] == '-' || part[0] == '\'' {
			return part
		}
		return sqlName.ReplaceAllStringFunc(part, func(name string) string {
			if ours[strings.TrimRight(name, "\"`.")] {
				return sharedPrefix + name
			}
			return name
		})
	})
}

// sharedMigrations are the migrations of the folder for a shared database.
func sharedMigrations(folder string) fs.FS {
	files := fstest.MapFS{}
	for name, text := range migrationFiles(folder) {
		files[strings.TrimPrefix(name, folder+"/")] = &fstest.MapFile{Data: []byte(renamed(text)), Mode: 0o444}
	}
	return files
}

// migrationFiles are the embedded texts below a folder, by path.
func migrationFiles(folder string) map[string]string {
	files := map[string]string{}
	err := fs.WalkDir(migrations, folder, func(name string, d fs.DirEntry, err error) error {
		if err != nil || path.Ext(name) != ".sql" {
			return err
		}
		text, err := migrations.ReadFile(name)
		files[name] = string(text)
		return err
	})
	if err != nil {
		panic("read the embedded migrations: " + err.Error())
	}
	return files
}

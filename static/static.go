// Package static holds the files that browsers fetch beside the pages, compiled in. Their URLs carry a hash
// of the content, so that a browser may keep them forever.
package static

import (
	"bytes"
	"compress/gzip"
	"crypto/sha256"
	"crypto/sha512"
	"embed"
	"encoding/base64"
	"encoding/hex"
	"io/fs"
	"path"
	"strings"
	"sync"
)

//go:embed *.css *.js *.d.ts img
var embedded embed.FS

// hashLength is the length of the hash in a URL, in hexadecimal digits: 48 bits tell versions of one file apart.
const hashLength = 12

// leastGzip is the size below which compressing gains nothing over its overhead.
const leastGzip = 256

// File is one file, ready to be sent.
type File struct {
	Name        string // below static/: "img/logo.svg"
	Hash        string
	ContentType string
	Content     []byte
	// Gzip is the content compressed, or nil when that makes it no smaller.
	Gzip []byte
}

// files are hashed and compressed once, when the first is asked for.
var files = sync.OnceValue(func() map[string]*File {
	all, err := load(embedded)
	if err != nil {
		panic(err) // reading files that are compiled in can't fail
	}
	return all
})

func load(source fs.FS) (map[string]*File, error) {
	all := map[string]*File{}
	err := fs.WalkDir(source, ".", func(name string, entry fs.DirEntry, err error) error {
		if err != nil || entry.IsDir() {
			return err
		}
		content, err := fs.ReadFile(source, name)
		if err != nil {
			return err
		}
		contentType, known := contentTypes[path.Ext(name)]
		if !known {
			return nil
		}
		sum := sha256.Sum256(content)
		f := &File{Name: name, Hash: hex.EncodeToString(sum[:])[:hashLength], ContentType: contentType, Content: content}
		if compressible(contentType) && len(content) >= leastGzip {
			if f.Gzip, err = compress(content); err != nil {
				return err
			}
			if len(f.Gzip) >= len(content) {
				f.Gzip = nil
			}
		}
		all[name] = f
		return nil
	})
	return all, err
}

// contentTypes are written down because mime.TypeByExtension answers what the machine's own tables say.
// A file of another kind isn't served.
var contentTypes = map[string]string{
	".css":   "text/css; charset=utf-8",
	".js":    "text/javascript; charset=utf-8",
	".ts":    "text/plain; charset=utf-8", // a declaration file, to be read
	".svg":   "image/svg+xml",
	".png":   "image/png",
	".jpg":   "image/jpeg",
	".webp":  "image/webp",
	".ico":   "image/x-icon",
	".woff2": "font/woff2",
}

func compressible(contentType string) bool {
	return strings.HasPrefix(contentType, "text/") || contentType == "image/svg+xml"
}

func compress(content []byte) ([]byte, error) {
	var b bytes.Buffer
	w, err := gzip.NewWriterLevel(&b, gzip.BestCompression)
	if err != nil {
		return nil, err
	}
	if _, err := w.Write(content); err != nil {
		return nil, err
	}
	if err := w.Close(); err != nil {
		return nil, err
	}
	return b.Bytes(), nil
}

// URL is the path of a file with its hash: URL("checkout.css") is "/static/0123456789ab/checkout.css". A name
// that doesn't exist gets the hash "missing", which nothing is served for.
func URL(name string) string {
	if f, ok := files()[name]; ok {
		return "/static/" + f.Hash + "/" + name
	}
	return "/static/missing/" + name
}

// Find looks up what stands behind "/static/" in a URL: "{hash}/{name}". A wrong hash finds nothing, so that
// a browser never keeps a newer file under an older one's URL.
func Find(hashed string) (File, bool) {
	hash, name, ok := strings.Cut(hashed, "/")
	if !ok {
		return File{}, false
	}
	f, ok := files()[name]
	if !ok || f.Hash != hash {
		return File{}, false
	}
	return *f, true
}

// Integrity is what the integrity attribute of an element that loads the file holds (W3C Subresource Integrity): empty for a name
// that doesn't exist.
func Integrity(name string) string {
	f, ok := files()[name]
	if !ok {
		return ""
	}
	sum := sha512.Sum384(f.Content)
	return "sha384-" + base64.StdEncoding.EncodeToString(sum[:])
}

// Content is a file's content by its name below static/: nil for a name that doesn't exist. It must not be changed.
func Content(name string) []byte {
	if f, ok := files()[name]; ok {
		return f.Content
	}
	return nil
}

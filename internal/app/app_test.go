package app_test

import (
	"bytes"
	"context"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"lianlian-checkout/internal/app"
	"lianlian-checkout/lianlian"
)

// run carries out a command line with the shipped configuration and returns its exit code and what it printed.
func run(t *testing.T, environ []string, args ...string) (code int, stdout, stderr string) {
	t.Helper()
	shipped, err := os.ReadFile("../../config.yaml")
	if err != nil {
		t.Fatal(err)
	}
	ctx, cancel := context.WithCancel(t.Context())
	defer cancel()
	var log bytes.Buffer
	out := greeted{cancel: cancel}
	code = app.Run(ctx, app.Process{Args: args, Environ: environ, Shipped: shipped, Stdout: &out, Stderr: &log})
	return code, out.String(), log.String()
}

// greeted tells the program to stop as soon as it says that it is open.
type greeted struct {
	said   bytes.Buffer
	cancel func()
}

func (g *greeted) String() string { return g.said.String() }

func (g *greeted) Write(p []byte) (int, error) {
	n, err := g.said.Write(p)
	if strings.Contains(g.String(), " open at ") {
		g.cancel()
	}
	return n, err
}

const vectors = "../../lianlian/testdata/vectors/"

func TestCommandLine(t *testing.T) {
	t.Parallel()
	dsn := "CHECKOUT_DATABASE_DSN=" + filepath.Join(t.TempDir(), "x.db")
	live := []string{dsn, "CHECKOUT_SERVER_ADDRESS=127.0.0.1:0", "CHECKOUT_LIANLIAN_MODE=test", "CHECKOUT_LIANLIAN_MERCHANT_ID=1"}
	key := func(private, public string) []string {
		return append(append([]string{}, live...), "CHECKOUT_LIANLIAN_PRIVATE_KEY="+vectors+private, "CHECKOUT_LIANLIAN_PUBLIC_KEY="+vectors+public)
	}
	for _, tt := range []struct {
		name    string
		environ []string
		args    []string
		code    int
		says    string // on either stream
	}{
		{"version", nil, []string{"version"}, 0, "lianlian-checkout "},
		{"version tells the hashes", nil, []string{"version"}, 0, "embed.v1.js sha384-"},
		{"help", nil, []string{"--help"}, 0, "keygen"},
		{"unknown command", nil, []string{"pay"}, 2, "unexpected argument pay"},
		{"unknown flag", nil, []string{"--colour"}, 2, "unknown flag --colour"},
		{"no such file", nil, []string{"--config", "nope.yaml"}, 2, "nope.yaml"},
		{"unknown variable", []string{"CHECKOUT_SHOP_CURENCY=HKD"}, []string{"serve"}, 2, "did you mean CHECKOUT_SHOP_CURRENCY"},
		{"every fault at once", []string{"CHECKOUT_LIANLIAN_MODE=prod", "CHECKOUT_LOG_LEVEL=loud"}, nil, 2, "log.level"},
		{"migrate", []string{dsn}, []string{"migrate"}, 0, "up to date"},
		{"recount", []string{dsn}, []string{"recount"}, 0, "agree with the orders; 0 were put right"},
		{"doctor and a faulty configuration", []string{"CHECKOUT_LIANLIAN_MODE=prod"}, []string{"doctor"}, 1, "FAIL  Configuration: lianlian.mode"},
		{"doctor and no server", append([]string{"CHECKOUT_SERVER_BASE_URL=http://127.0.0.1:1"}, dsn), []string{"doctor"}, 1, "FAIL  From outside: http://127.0.0.1:1/healthz can’t be reached"},
		{"doctor says what to do", append([]string{"CHECKOUT_SERVER_BASE_URL=http://127.0.0.1:1"}, dsn), []string{"doctor"}, 1, "\n      → "},
		{"doctor, for programs", append([]string{"CHECKOUT_SERVER_BASE_URL=http://127.0.0.1:1"}, dsn), []string{"doctor", "--json"}, 1, `"ok": false`},
		{"doctor and swapped keys", key("public.b64", "private_pkcs8.b64"), []string{"doctor"}, 1, "this is a public key"},
		{"doctor and our own key", key("private_pkcs8.pem", "public.pem"), []string{"doctor"}, 1, "the public half of your own key"},
		{"sign", []string{dsn}, []string{"sign", "--body", "testdata/body.json", "--expected", "testdata/expected.txt"}, 0, "The two part at character 9:\nfrom the body: a=100&b=▸2\nexpected:      a=100&b=▸3"},
		{"sign, and a final newline", []string{dsn}, []string{"sign", "--body", "testdata/body.json", "--expected", "testdata/same.txt"}, 0, "It is the string that was expected."},
		{"sign, and a strange signature", []string{dsn}, []string{"sign", "--body", "testdata/body.json", "--signature", "AAAA"}, 1, "cut short"},
		{"sign with a private key", []string{dsn}, []string{"sign", "--body", "testdata/body.json", "--public-key", vectors + "private_pkcs8.pem"}, 2, "--public-key"},
		{"backup of nothing", []string{"CHECKOUT_DATABASE_DSN=" + filepath.Join(t.TempDir(), "none.db")}, []string{"backup", filepath.Join(t.TempDir(), "x")}, 1, "there is no database to back up"},
		{"backup of PostgreSQL", []string{"CHECKOUT_DATABASE_DSN=postgres://shop:MIIEv@db/x"}, []string{"backup", "x.dump"}, 2, "pg_dump --format=custom --no-owner --file='x.dump' --dbname='postgres://shop@db/x'"},
		{"prune, with nothing to be removed", []string{dsn}, []string{"prune", "--dry-run"}, 0, "for ever"},
		{"keep too short", []string{"CHECKOUT_KEEP_PERSONAL_DATA=3"}, []string{"prune"}, 2, "use 30 to 36500 days, or 0 for ever"},
		{"a database that can't be", []string{"CHECKOUT_DATABASE_DSN=/dev/null/x.db"}, []string{"migrate"}, 1, "error: "},
		{"swapped keys", key("public.b64", "private_pkcs8.b64"), nil, 2, "lianlian.private_key"},
		{"our own public key", key("private_pkcs8.pem", "public.pem"), nil, 2, "lianlian.public_key is the public half of lianlian.private_key"},
		{"address in use or not ours", []string{dsn, "CHECKOUT_SERVER_ADDRESS=192.0.2.1:80"}, nil, 1, "server.address"},
	} {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			code, stdout, stderr := run(t, tt.environ, tt.args...)
			if code != tt.code || !strings.Contains(stdout+stderr, tt.says) {
				t.Errorf("exit code %d, want %d; printed %q %q, want %q in it", code, tt.code, stdout, stderr, tt.says)
			}
			for _, secret := range []string{"MIIEv", "PRIVATE KEY"} {
				if strings.Contains(stdout+stderr, secret) {
					t.Errorf("a key was printed: %q %q", stdout, stderr)
				}
			}
		})
	}
}

// TestDoctorLooksAtFiles: a secret that others on the machine can read is a fault.
func TestDoctorLooksAtFiles(t *testing.T) {
	t.Parallel()
	secret := filepath.Join(t.TempDir(), "hash")
	if err := os.WriteFile(secret, []byte("a long password"), 0o600); err != nil {
		t.Fatal(err)
	}
	environ := []string{"CHECKOUT_ADMIN_USERNAME=owner", "CHECKOUT_ADMIN_PASSWORD_FILE=" + secret, "CHECKOUT_SERVER_BASE_URL=http://127.0.0.1:1", "CHECKOUT_DATABASE_DSN=" + filepath.Join(t.TempDir(), "x.db")}
	for mode, want := range map[os.FileMode]bool{0o600: false, 0o644: true} {
		if err := os.Chmod(secret, mode); err != nil {
			t.Fatal(err)
		}
		if _, stdout, stderr := run(t, environ, "doctor"); strings.Contains(stdout, "Others on this machine can read "+secret) != want || !strings.Contains(stdout, "From outside") {
			t.Errorf("mode %o: %s %s, want it said: %t", mode, stdout, stderr, want)
		}
	}
}

func TestKeygen(t *testing.T) {
	t.Parallel()
	file := filepath.Join(t.TempDir(), "key.pem")
	code, stdout, stderr := run(t, nil, "keygen", "--out", file)
	if code != 0 {
		t.Fatalf("exit code %d: %s", code, stderr)
	}
	text, err := os.ReadFile(file)
	if err != nil {
		t.Fatal(err)
	}
	if info, err := os.Stat(file); err != nil || info.Mode().Perm() != 0o600 {
		t.Errorf("mode %v, %v; want 0600", info.Mode(), err)
	}
	private, err := lianlian.ParsePrivateKey(string(text))
	if err != nil {
		t.Fatal(err)
	}
	lines := strings.Split(strings.TrimSpace(stdout), "\n")
	public, err := lianlian.ParsePublicKey(lines[len(lines)-1])
	if err != nil || !lianlian.SamePair(private, public) {
		t.Errorf("the public half that was printed doesn't belong to the private key: %v", err)
	}
	if code, _, stderr := run(t, nil, "keygen", "--out", file); code != 2 || !strings.Contains(stderr, "exist") {
		t.Errorf("over an existing file: exit code %d, %q", code, stderr)
	}
	if again, _ := os.ReadFile(file); !bytes.Equal(again, text) {
		t.Error("an existing key was overwritten")
	}
}

// TestServeEnds starts the whole program and stops it as soon as it is open: it prints one URL and closes cleanly.
func TestServeEnds(t *testing.T) {
	t.Parallel()
	folder := t.TempDir()
	code, stdout, stderr := run(t, []string{"CHECKOUT_DATABASE_DSN=" + filepath.Join(folder, "data", "x.db"), "CHECKOUT_SERVER_ADDRESS=127.0.0.1:0"})
	if code != 0 || strings.Count(stdout, "http://") != 1 {
		t.Errorf("exit code %d, want 0 and one URL: %q %q", code, stdout, stderr)
	}
	if left, _ := filepath.Glob(filepath.Join(folder, "data", "x.db-wal")); len(left) > 0 {
		t.Error("the database wasn't closed: its write-ahead log is still there")
	}
}

package config_test

import (
	"encoding/json"
	"fmt"
	"log/slog"
	"strings"
	"testing"

	"github.com/goccy/go-yaml"

	"lianlian-checkout/internal/config"
)

// hidden is a part of every secret below.
const hidden = "Hunter2"

func secrets() []string {
	return []string{
		"CHECKOUT_LIANLIAN_MODE=test", "CHECKOUT_LIANLIAN_MERCHANT_ID=1",
		"CHECKOUT_LIANLIAN_PRIVATE_KEY=" + strings.Replace(pem("PRIVATE KEY"), "MIIB", "MII"+hidden, 1),
		"CHECKOUT_LIANLIAN_PUBLIC_KEY=" + strings.Replace(pem("PUBLIC KEY"), "MIIB", "MII"+hidden, 1),
		"CHECKOUT_API_KEYS=key-" + hidden, "CHECKOUT_ADMIN_USERNAME=owner", "CHECKOUT_ADMIN_PASSWORD=" + hidden,
		"CHECKOUT_WEBHOOKS_ENDPOINTS=" + `[{"url":"https://a.example/h","secret":"whsec_` + hidden + `AAAAAAAAAAAAAAAAAAAAAAAAA"}]`,
		"CHECKOUT_DATABASE_DSN=postgres://shop:" + hidden + "@db.example/checkout?sslmode=require&sslpassword=" + hidden,
	}
}

func TestSecretsAreNeverPrinted(t *testing.T) {
	t.Parallel()
	c, err := config.Parse(nil, secrets())
	if err != nil {
		t.Fatal(err)
	}
	if got := c.Admin.Password.Value(); got != hidden {
		t.Fatalf("password = %q, want the text itself from Value", got)
	}
	type wrapper struct{ inner config.Config } // fmt can't call methods below an unexported field
	var out strings.Builder
	for _, verb := range []string{"%v", "%+v", "%#v", "%s", "%q", "%x", "%X", "%d"} {
		fmt.Fprintf(&out, verb+"\n", c)
		fmt.Fprintf(&out, verb+"\n", *c)
		fmt.Fprintf(&out, verb+"\n", wrapper{*c})
		fmt.Fprintf(&out, verb+"\n", c.Admin.Password)
		fmt.Fprintf(&out, verb+"\n", c.Database.DSN)
	}
	for _, h := range []slog.Handler{slog.NewTextHandler(&out, nil), slog.NewJSONHandler(&out, nil)} {
		slog.New(h).Info("configuration", "config", c, "password", c.Admin.Password, "dsn", c.Database.DSN)
	}
	j, err := json.Marshal(c)
	if err != nil {
		t.Fatal(err)
	}
	y, err := yaml.Marshal(c)
	if err != nil {
		t.Fatal(err)
	}
	text := out.String() + string(j) + string(y)
	for _, form := range []string{hidden, fmt.Sprintf("%x", hidden), fmt.Sprintf("%X", hidden)} {
		if i := strings.Index(text, form); i >= 0 {
			t.Errorf("a secret was printed: …%s…", text[max(0, i-60):min(len(text), i+20)])
		}
	}
	if !strings.Contains(string(j), `"[secret]"`) || !strings.Contains(string(y), "password: '[secret]'") && !strings.Contains(string(y), `password: "[secret]"`) {
		t.Errorf("a secret that is set isn't shown as such:\n%s\n%s", j, y)
	}
}

// Faults must not quote what may be a secret: not its own value, and not what stands around a mistake.
func TestSecretsAreNotInFaults(t *testing.T) {
	t.Parallel()
	tests := []struct {
		name, yaml string
		environ    []string
	}{
		{"syntax error on its line", "admin:\n  username: o\n  password: \"" + hidden + "\n", nil},
		{"syntax error beside it", "admin:\n  password: " + hidden + "\n  user name\n", nil},
		{"wrong indentation", "admin:\n  password: " + hidden + "\n   username: o\n", nil},
		{"tab", "admin:\n  password: " + hidden + "\n\tusername: o\n", nil},
		{"list instead of a value", "admin:\n  password: [" + hidden + "]\n", nil},
		{"value instead of a list", "api:\n  keys: " + hidden + "\n", nil},
		{"twice", "admin:\n  password: " + hidden + "\n  password: " + hidden + "\n", nil},
		{"without a name", "admin:\n  password: " + hidden + "\n", nil},
		{"as a path", "lianlian:\n  mode: test\n  private_key: " + hidden + "\n", nil},
		{"as its own file", "", []string{"CHECKOUT_ADMIN_PASSWORD_FILE=" + hidden}},
		{"unknown variable", "", []string{"CHECKOUT_ADMIN_PASSWROD=" + hidden}},
		{"bad key", "api:\n  keys: [\"a " + hidden + "\"]\n", nil},
		{"bad webhook secret", "webhooks:\n  endpoints: [{url: https://a.example, secret: " + hidden + "}]\n", nil},
		{"bad hash", "admin: {username: o, password_hash: " + hidden + "}\n", nil},
		{"bad dsn", "database: {dsn: 'postgres://u:" + hidden + "%zz@h/n'}\n", nil},
		{"unknown database", "database: {dsn: 'mysql://u:" + hidden + "@h/n'}\n", nil},
		{"in a URL", "server: {base_url: 'https://u:" + hidden + "@a.example'}\n", nil},
		{"not JSON", "", []string{"CHECKOUT_WEBHOOKS_ENDPOINTS=" + hidden}},
		{"webhook secret in the wrong place", "log: {level: whsec_" + hidden + "}\n", nil},
		{"key in the wrong place", "log: {level: " + strings.Repeat(hidden, 4) + "}\n", nil},
		{"key as a key", "api: {keys: {" + strings.Repeat(hidden, 8) + ": 1}}\n", nil},
		{"key as a group", strings.Repeat(hidden, 8) + ": 1\n", nil},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			_, err := config.ParseWith([]byte(tt.yaml), tt.environ, files)
			if err == nil {
				t.Fatal("no fault")
			}
			if got := fmt.Sprintf("%v %+v %#v", err, err, err); strings.Contains(got, hidden) {
				t.Errorf("the fault shows the secret: %s", got)
			}
		})
	}
}

func TestDSNString(t *testing.T) {
	t.Parallel()
	tests := []struct{ name, in, want string }{
		{"path", "data/checkout.db", "data/checkout.db"},
		{"file", "file:x.db?mode=ro", "file:x.db?mode=ro"},
		{"password", "postgres://shop:" + hidden + "@db:5432/n?sslmode=disable", "postgres://shop:[secret]@db:5432/n?sslmode=disable"},
		{"no password", "postgresql://shop@db/n", "postgresql://shop@db/n"},
		{"password parameter", "postgres://db/n?user=shop&password=" + hidden, "postgres://db/n"},
		{"broken", "postgres://shop:" + hidden + "%@db/n", "[secret]"},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			d := config.NewDSN(tt.in)
			if got := d.String(); got != tt.want {
				t.Errorf("String = %q, want %q", got, tt.want)
			}
			if got := d.Value(); got != tt.in {
				t.Errorf("Value = %q, want %q", got, tt.in)
			}
		})
	}
}

func FuzzParse(f *testing.F) {
	f.Add("log:\n  level: warn\n", "CHECKOUT_LOG_FORMAT=json")
	f.Add("shop: {name: {en: A}, products: [{slug: a, sku: A, name: A, price: 1.00, variants: []}]}\n", `CHECKOUT_SHOP_PRODUCTS=[{"slug":"\u00e9"}]`)
	f.Add("lianlian:\n  mode: test\n  private_key: |\n    -----BEGIN\n  <<: *a\n", "CHECKOUT_LIANLIAN_PRIVATE_KEY_FILE=key")
	f.Add("a: &x [*x, !!int 3]\n---\n? b\n", "CHECKOUT_WEBHOOKS_ENDPOINTS={")
	f.Add("database: {dsn: 'postgres://[::1'}\nadmin: {password: \"\\", "CHECKOUT_DATABASE_DSN=postgres://%")
	f.Fuzz(func(t *testing.T, yaml, variable string) {
		c, err := config.ParseWith([]byte(yaml), []string{variable, "CHECKOUT_ADMIN_PASSWORD=" + hidden}, files)
		if (c == nil) == (err == nil) {
			t.Fatalf("configuration %v and error %v", c, err)
		}
		if err != nil {
			if !strings.Contains(yaml+variable, hidden) && strings.Contains(err.Error(), hidden) {
				t.Fatalf("the secret is in the error: %v", err)
			}
			return
		}
		for _, p := range c.Products() {
			for _, v := range p.Variants {
				if v.Price.Check() != nil || v.CostPrice.Amount < v.Price.Amount {
					t.Fatalf("price %v, list price %v were accepted", v.Price, v.CostPrice)
				}
			}
		}
	})
}

package config_test

import (
	"errors"
	"fmt"
	"io/fs"
	"net"
	"os"
	"path/filepath"
	"regexp"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"lianlian-checkout/internal/config"
	"lianlian-checkout/models"
)

// defaults is the public table of keys: what each is when nothing sets it.
var defaults = map[string]string{
	"server.address": ":8080", "server.base_url": "", "server.trusted_proxies": "[]",
	"shop.name": "map[en:Tidewater Tea & Clay zh-Hans:汐茶陶舍 zh-Hant:汐茶陶舍]", "shop.currency": "HKD", "shop.country": "HK",
	"shop.locale": "en", "shop.support_email": "hello@shop.example", "shop.terms_url": "", "shop.privacy_url": "", "shop.logo": "/static/img/logo.svg", "shop.accent": "#2f5d50",
	"shop.products": "[]", "shop.discounts": "[]",
	"lianlian.mode": "simulator", "lianlian.base_url": "", "lianlian.merchant_id": "", "lianlian.private_key": "", "lianlian.public_key": "",
	"lianlian.timezone": "Asia/Hong_Kong", "lianlian.timestamp": "millis", "lianlian.timeout": "10s", "lianlian.refunds": "v3",
	"simulator.scenario": "[]", "simulator.speed": "1", "simulator.state_file": "",
	"simulator.address": "127.0.0.1:8090", "simulator.base_url": "", "simulator.merchant_id": "", "simulator.merchant_key": "",
	"database.dsn": "data/checkout.db", "database.backup_folder": "", "database.backup_keep": "14",
	"keep.personal_data": "0", "keep.deliveries": "0",
	"checkout.processors": "[alipayhk alipaycn wechathk wechatcn]", "checkout.expires_after": "30m0s", "checkout.require": "[full_name email]",
	"checkout.extra_field.label": "map[]", "checkout.extra_field.hint": "map[]", "checkout.extra_field.required": "false", "checkout.extra_field.max_length": "200",
	"reconcile.interval": "10s", "reconcile.horizon": "168h0m0s",
	"api.keys": "[]", "api.return_origins": "[]",
	"webhooks.endpoints": "[]", "webhooks.allow_private": "false",
	"embed.origins": "[]",
	"mail.host":     "", "mail.port": "0", "mail.username": "", "mail.password": "", "mail.from": "", "mail.tls": "starttls",
	"admin.username": "", "admin.password": "", "admin.password_hash": "", "admin.require_second_factor": "false",
	"limits.checkout": "30", "limits.login": "10", "limits.api": "600", "limits.lookup": "10", "limits.discount": "10",
	"log.level": "info", "log.format": "text",
	"metrics.token": "", "metrics.address": "", "tracing.endpoint": "",
	"clock.skew": "0s",
}

func TestDefaults(t *testing.T) {
	t.Parallel()
	c, err := config.Parse(nil, nil)
	if err != nil {
		t.Fatal(err)
	}
	got := map[string]string{}
	for _, s := range config.Settings(c) {
		got[s.Key] = fmt.Sprint(s.Value)
		if want := "CHECKOUT_" + strings.ToUpper(strings.ReplaceAll(s.Key, ".", "_")); s.Env != want {
			t.Errorf("variable of %s = %s, want %s", s.Key, s.Env, want)
		}
	}
	if diff := cmp.Diff(defaults, got); diff != "" {
		t.Errorf("keys and defaults (-want +got):\n%s", diff)
	}
}

// override is a valid value for each key, as a variable, and what it becomes. The secrets' texts are compared by Value.
var override = map[string][2]string{
	"server.address": {"127.0.0.1:0", ""}, "server.base_url": {"https://pay.example.com/pay/", "https://pay.example.com/pay"},
	"server.trusted_proxies": {"10.0.0.0/8, ::1", "[10.0.0.0/8 ::1]"},
	"shop.name":              {`{"zh-Hant":"舖"}`, "map[zh-Hant:舖]"}, "shop.currency": {"JPY", ""}, "shop.country": {"JP", ""}, "shop.locale": {"zh-Hant", ""},
	"shop.support_email": {"a@b.example", ""}, "shop.terms_url": {"https://a.example/terms", ""}, "shop.privacy_url": {"https://a.example/privacy", ""}, "shop.logo": {"https://img.example/l.svg", ""}, "shop.accent": {"#AABBCC", ""},
	"shop.products": {
		`[{"slug":"a","sku":"A\u002d1","name":"Aé","price":"12.00","stock":3}]`,
		"[{a A-1 map[en:Aé] map[] map[]  0 1200 PTR false false []}]",
	},
	"shop.discounts": {`[{"code":"Tea10","amount":"12.00","products":["a"]}]`, "[{Tea10 <nil> 1200 0  <nil> [a]}]"},
	"lianlian.mode":  {"test", ""}, "lianlian.base_url": {"http://127.0.0.1:9999", ""}, "lianlian.merchant_id": {"0123", ""},
	"lianlian.private_key": {pem("PRIVATE KEY"), ""}, "lianlian.public_key": {pem("PUBLIC KEY"), ""},
	"lianlian.timezone": {"Brazil/East", ""}, "lianlian.timestamp": {"datetime", ""}, "lianlian.timeout": {"3s", ""}, "lianlian.refunds": {"v4", ""},
	"simulator.scenario": {"lost, create_delay=2s", "[lost create_delay=2s]"}, "simulator.speed": {"600", ""}, "simulator.state_file": {"data/sim.json", ""},
	"simulator.address": {"127.0.0.1:0", ""}, "simulator.base_url": {"http://localhost:8090", ""}, "simulator.merchant_id": {"0123", ""}, "simulator.merchant_key": {pem("PUBLIC KEY"), ""},
	"database.dsn": {"postgres://u@h/n", ""}, "database.backup_folder": {"copies", ""}, "database.backup_keep": {"3", ""},
	"keep.personal_data": {"730", ""}, "keep.deliveries": {"90", ""},
	"checkout.processors": {"wechathk,alipaycn", "[wechathk alipaycn]"}, "checkout.expires_after": {"5m", "5m0s"}, "checkout.require": {"phone", "[phone]"},
	"checkout.extra_field.label": {"Table", "map[en:Table]"}, "checkout.extra_field.hint": {`{"en":"On the card"}`, "map[en:On the card]"},
	"checkout.extra_field.required": {"true", ""}, "checkout.extra_field.max_length": {"40", ""},
	"reconcile.interval": {"2s", ""}, "reconcile.horizon": {"24h", "24h0m0s"},
	"api.keys": {"k-one,k-two", "[k-one k-two]"}, "api.return_origins": {"https://a.example,http://localhost:3000", "[https://a.example http://localhost:3000]"},
	"webhooks.endpoints":     {`[{"url":"http://127.0.0.1/h","secret":"` + whsec + `","events":["order.paid"]}]`, "[{http://127.0.0.1/h [secret] [order.paid]}]"},
	"webhooks.allow_private": {"true", ""},
	"embed.origins":          {"https://a.example:8443", "[https://a.example:8443]"},
	"admin.username":         {"owner", ""}, "admin.password": {"pw", ""}, "admin.password_hash": {"$argon2id$v=19$x", ""}, "admin.require_second_factor": {"true", ""},
	"mail.host": {"smtp.example.com", ""}, "mail.port": {"2525", ""}, "mail.username": {"shop", ""}, "mail.password": {"pw-of-mail", ""}, "mail.from": {"shop@a.example", ""}, "mail.tls": {"tls", ""},
	"metrics.token": {"token-of-the-metrics", ""}, "metrics.address": {"127.0.0.1:9464", ""}, "tracing.endpoint": {"http://127.0.0.1:4318", ""},
	"limits.checkout": {"1", ""}, "limits.login": {"2", ""}, "limits.api": {"3", ""}, "limits.lookup": {"4", ""}, "limits.discount": {"5", ""},
	"log.level": {"debug", ""}, "log.format": {"json", ""}, "clock.skew": {"-3h", "-3h0m0s"},
}

const whsec = "whsec_MDEyMzQ1Njc4OTAxMjM0NTY3ODkwMTIz"

func pem(kind string) string {
	return "-----BEGIN " + kind + "-----\nMIIB\n-----END " + kind + "-----"
}

func TestEnvironmentOverridesEveryKey(t *testing.T) {
	t.Parallel()
	for key := range defaults {
		t.Run(key, func(t *testing.T) {
			t.Parallel()
			value, ok := override[key]
			if !ok {
				t.Fatal("no value to try")
			}
			environ := []string{"HOME=/", name(key) + "=" + value[0]}
			// What the key needs beside it to be valid.
			switch {
			case key == "lianlian.private_key", key == "lianlian.public_key", key == "lianlian.mode":
				for _, k := range []string{"mode", "merchant_id", "private_key", "public_key"} {
					if k := "lianlian." + k; k != key {
						environ = append(environ, name(k)+"="+override[k][0])
					}
				}
			case strings.HasPrefix(key, "admin.password"):
				environ = append(environ, name("admin.username")+"=owner")
			case key == "admin.username":
				environ = append(environ, name("admin.password")+"=pw")
			case strings.HasPrefix(key, "checkout.extra_field."):
				if key != "checkout.extra_field.label" {
					environ = append(environ, name("checkout.extra_field.label")+"=Table")
				}
			case strings.HasPrefix(key, "mail."):
				for _, k := range []string{"mail.host", "mail.from", "mail.username", "mail.password"} {
					if k != key {
						environ = append(environ, name(k)+"="+override[k][0])
					}
				}
			case key == "webhooks.endpoints":
				environ = append(environ, name("webhooks.allow_private")+"=true")
			}
			c, err := config.Parse([]byte("log: {level: warn}\nlimits: {api: 7}\n"), environ)
			if err != nil {
				t.Fatal(err)
			}
			want := value[1]
			if want == "" {
				want = value[0]
			}
			if got := printed(c, key); got != want {
				t.Errorf("%s = %s, want %s", key, got, want)
			}
		})
	}
}

func name(key string) string {
	return "CHECKOUT_" + strings.ToUpper(strings.ReplaceAll(key, ".", "_"))
}

// printed is a key's value with its secrets shown.
func printed(c *config.Config, key string) string {
	for _, s := range config.Settings(c) {
		if s.Key != key {
			continue
		}
		switch v := s.Value.(type) {
		case config.Secret:
			return v.Value()
		case config.DSN:
			return v.Value()
		case []config.Secret:
			var all []string
			for _, k := range v {
				all = append(all, k.Value())
			}
			return fmt.Sprint(all)
		case []config.Product:
			stock := fmt.Sprintf("%#x", v[0].Stock)
			return strings.ReplaceAll(fmt.Sprint(v), stock, "PTR")
		default:
			return fmt.Sprint(v)
		}
	}
	return "no such key"
}

func TestShippedFile(t *testing.T) {
	t.Parallel()
	const path = "../../config.yaml"
	c, err := config.Load(path, nil, nil)
	if err != nil {
		t.Fatal(err)
	}
	products := c.Products()
	if d := c.Discounts(); len(d) != 1 || d[0].Code != "TEA10" || len(d[0].Products) != 7 {
		t.Errorf("the sample discount = %+v, want TEA10 for all but the tip", d)
	}
	c.Shop.Shelf = nil
	if d := c.Discounts(); len(d) != 0 {
		t.Errorf("a shop with other products has the sample discount %+v", d)
	}
	c.Shop.Discounts = nil
	want := map[string]string{}
	for key, value := range defaults {
		want[key] = value
	}
	got := map[string]string{}
	for _, s := range config.Settings(c) {
		got[s.Key] = fmt.Sprint(s.Value)
	}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Errorf("the shipped file and the defaults differ (-default +shipped):\n%s", diff)
	}

	data, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	for key := range defaults {
		group, leaf, _ := strings.Cut(key, ".")
		text := section(string(data), group)
		before, inner, nested := strings.Cut(leaf, ".")
		if nested && strings.Contains(text, "\n  # "+before+":") && strings.Contains(text, "\n  #   "+inner+":") {
			continue
		}
		if !strings.Contains(text, "\n  "+leaf+":") && !strings.Contains(text, "\n  # "+leaf+":") {
			t.Errorf("the shipped file doesn't show %s", key)
		}
	}

	if len(products) != 8 {
		t.Fatalf("sample shop has %d products, want 8", len(products))
	}
	var soldOut, withVariants, free, onSale, demo int
	for _, p := range products {
		for _, tag := range []string{"en", "zh-Hans", "zh-Hant"} {
			if p.Name[tag] == "" || p.Description[tag] == "" || p.Category[tag] == "" {
				t.Errorf("%s lacks a text in %s", p.Slug, tag)
			}
		}
		if _, err := os.Stat(filepath.Join("../..", filepath.FromSlash(p.Image))); err != nil {
			t.Errorf("picture of %s: %v", p.Slug, err)
		}
		if p.SoldOut() {
			soldOut++
		}
		if len(p.Variants) == 3 {
			withVariants++
		}
		if p.FreeAmount {
			free++
		}
		if p.Variants[0].OnSale() {
			onSale++
		}
		if v, ok := p.Variant("demo-tee"); ok && v.Price == (models.Money{Amount: 10000, Currency: "HKD"}) && v.Stock == nil {
			demo++
		}
	}
	if got, want := [5]int{soldOut, withVariants, free, onSale, demo}, [5]int{1, 1, 1, 4, 1}; got != want {
		t.Errorf("sold out, with variants, free amount, on sale, demo-tee = %v, want %v", got, want)
	}
}

// section is the part of the file between a top-level key and the next.
func section(file, group string) string {
	var b strings.Builder
	inside := false
	for line := range strings.Lines(file) {
		if line[0] >= 'a' && line[0] <= 'z' {
			inside = line == group+":\n"
		}
		if inside {
			b.WriteString(line)
		}
	}
	return b.String()
}

func TestProducts(t *testing.T) {
	t.Parallel()
	const file = `
shop:
  currency: JPY
  products:
    - {slug: a, sku: A, name: Plain, price: 1200.00}
    - slug: b
      name: {en: Cup, zh-Hant: 杯}
      category: {en: Ware}
      description: A cup
      image: /static/img/b.svg
      hidden: true
      variants:
        - {sku: B.1, name: Small, price: 100, cost_price: 150.00, stock: 0}
        - {sku: B.2, name: Large, price: 200}
    - {slug: c, sku: C, name: Tip, price: 10, free_amount: true}
`
	c, err := config.Parse([]byte(file), nil)
	if err != nil {
		t.Fatal(err)
	}
	yen := func(n int64) models.Money { return models.Money{Amount: n * 100, Currency: "JPY"} }
	none := int64(0)
	want := []models.Product{
		{Slug: "a", Name: models.Text{"en": "Plain"}, Variants: []models.Variant{{SKU: "A", CostPrice: yen(1200), Price: yen(1200)}}},
		{
			Slug: "b", Name: models.Text{"en": "Cup", "zh-Hant": "杯"}, Category: models.Text{"en": "Ware"}, Description: models.Text{"en": "A cup"},
			Image: "/static/img/b.svg", Hidden: true, Position: 1,
			Variants: []models.Variant{
				{SKU: "B.1", Name: models.Text{"en": "Small"}, CostPrice: yen(150), Price: yen(100), Stock: &none},
				{SKU: "B.2", Name: models.Text{"en": "Large"}, CostPrice: yen(200), Price: yen(200), Position: 1},
			},
		},
		{Slug: "c", Name: models.Text{"en": "Tip"}, FreeAmount: true, Position: 2, Variants: []models.Variant{{SKU: "C", CostPrice: yen(10), Price: yen(10)}}},
	}
	if diff := cmp.Diff(want, c.Products()); diff != "" {
		t.Errorf("products (-want +got):\n%s", diff)
	}
}

func TestDiscounts(t *testing.T) {
	t.Parallel()
	const file = `
shop:
  currency: JPY
  products:
    - {slug: a, sku: A, name: A, price: 1200}
  discounts:
    - {code: tea10, percent: 10, max_uses: 5, expires: 2026-12-31}
    - {code: MINUS-500, amount: 500, min_total: 2000.00, products: [a]}
    - {code: IDLE, percent: 100, products: [gone]}
`
	c, err := config.Parse([]byte(file), nil)
	if err != nil {
		t.Fatal(err)
	}
	yen := func(n int64) models.Money { return models.Money{Amount: n * 100, Currency: "JPY"} }
	got := c.Discounts()
	want := []models.Discount{
		{Code: "TEA10", Percent: 10, MaxUses: 5, Expires: time.Date(2026, 12, 31, 16, 0, 0, 0, time.UTC)},
		{Code: "MINUS-500", Amount: yen(500), MinTotal: yen(2000), Products: []string{"a"}},
	}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Errorf("discounts (-want +got):\n%s", diff)
	}
	if err := models.CheckDiscounts(got, "JPY"); err != nil {
		t.Errorf("the shop refuses what the configuration takes: %v", err)
	}
}

// TestCurrencies: the shop can sell in the 21 currencies of guide 5.3.2 and in no other.
func TestCurrencies(t *testing.T) {
	t.Parallel()
	table, err := os.ReadFile("../../lianlian/data/currencies.csv")
	if err != nil {
		t.Fatal(err)
	}
	codes := regexp.MustCompile(`(?m)^[A-Z]{3}\b`).FindAllString(string(table), -1)
	if len(codes) != 21 {
		t.Fatalf("%d currencies in the table, want 21", len(codes))
	}
	for _, code := range codes {
		shop := func(price string) error {
			_, err := config.Parse([]byte("shop: {currency: "+code+", products: [{slug: a, sku: A, name: A, price: "+price+"}], discounts: [{code: ABC, amount: "+price+", min_total: "+price+"}]}"), nil)
			return err
		}
		if err := shop("100.00"); err != nil {
			t.Errorf("%s: %v", code, err)
		}
		err := shop("100.50")
		if models.WholeUnits(code) != (err != nil) {
			t.Errorf("%s with decimals: %v", code, err)
		}
		for _, key := range []string{"shop.products[0].price", "shop.discounts[0].amount", "shop.discounts[0].min_total"} {
			if err != nil && !strings.Contains(err.Error(), key+" (line 1): 100.50 has decimals, which "+code+" doesn't have; use whole units, like 168.00") {
				t.Errorf("%s with decimals: no clear word on %s:\n%v", code, key, err)
			}
		}
	}
	if _, err := config.Parse([]byte("shop: {currency: TWD}"), nil); err == nil {
		t.Error("a currency that isn't the gateway's was taken")
	}
}

func TestGatewayURL(t *testing.T) {
	t.Parallel()
	keys := "  merchant_id: 0012\n  private_key: key.pem\n  public_key: " + strings.Repeat("M", 120) + "\n"
	readFile := func(path string) ([]byte, error) {
		if path != "key.pem" {
			return nil, fs.ErrNotExist
		}
		return []byte(pem("PRIVATE KEY") + "\n"), nil
	}
	tests := []struct{ name, yaml, want string }{
		{"simulator", "", ""},
		{"test", "lianlian:\n  mode: test\n" + keys, "https://celer-api.lianlianpay-inc.com"},
		{"production", "server: {base_url: https://a.example}\nlianlian:\n  mode: production\n" + keys, "https://gpapi.lianlianpay.com"},
		{
			"Hong Kong network", "server: {base_url: https://a.example}\nlianlian:\n  mode: production\n  base_url: https://gpapi-hk.lianlianpay.com/\n" + keys,
			"https://gpapi-hk.lianlianpay.com",
		},
		{"loopback", "lianlian:\n  mode: test\n  base_url: http://[::1]:9000\n" + keys, "http://[::1]:9000"},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			c, err := config.ParseWith([]byte(tt.yaml), nil, readFile)
			if err != nil {
				t.Fatal(err)
			}
			if got := c.LianLian.BaseURL; got != tt.want {
				t.Errorf("gateway = %q, want %q", got, tt.want)
			}
			if tt.want == "" {
				return
			}
			if got := c.LianLian.MerchantID; got != "0012" {
				t.Errorf("merchant_id = %q, want its leading zeros kept", got)
			}
			if got := c.LianLian.PrivateKey.Value(); got != pem("PRIVATE KEY") {
				t.Errorf("private key wasn't read from its file")
			}
		})
	}
}

func TestBaseURL(t *testing.T) {
	t.Parallel()
	at := func(ip string) net.Addr { return &net.TCPAddr{IP: net.ParseIP(ip), Port: 4321} }
	tests := []struct {
		name, set string
		listening net.Addr
		want      string
	}{
		{"set", "https://pay.example.com/shop/", at("::"), "https://pay.example.com/shop"},
		{"everywhere", "", at("::"), "http://localhost:4321"},
		{"loopback", "", at("127.0.0.1"), "http://localhost:4321"},
		{"other loopback", "", at("127.0.0.9"), "http://127.0.0.9:4321"},
		{"one network", "", at("192.168.1.5"), "http://192.168.1.5:4321"},
		{"loopback 6", "", at("::1"), "http://[::1]:4321"},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			var environ []string
			if tt.set != "" {
				environ = []string{"CHECKOUT_SERVER_BASE_URL=" + tt.set}
			}
			c, err := config.Parse(nil, environ)
			if err != nil {
				t.Fatal(err)
			}
			if got := c.BaseURL(tt.listening); got != tt.want {
				t.Errorf("BaseURL = %q, want %q", got, tt.want)
			}
		})
	}
}

func TestLoad(t *testing.T) {
	t.Parallel()
	folder := t.TempDir()
	if _, err := config.Load(filepath.Join(folder, "none.yaml"), nil, nil); !errors.Is(err, fs.ErrNotExist) {
		t.Errorf("missing file: %v, want fs.ErrNotExist", err)
	}
	if _, err := config.Load(folder, nil, nil); err == nil {
		t.Error("a folder was read as a file")
	}
	if _, err := config.Load(os.DevNull, nil, nil); err == nil {
		t.Error("a device was read as a file")
	}
	path := filepath.Join(folder, "config.yaml")
	if err := os.WriteFile(path, []byte("log:\n  level: warn\n"), 0o600); err != nil {
		t.Fatal(err)
	}
	secret := filepath.Join(folder, "password")
	if err := os.WriteFile(secret, []byte("from a file\n"), 0o600); err != nil {
		t.Fatal(err)
	}
	keys := filepath.Join(folder, "keys")
	if err := os.WriteFile(keys, []byte("one\ntwo\n"), 0o600); err != nil {
		t.Fatal(err)
	}
	c, err := config.Load(path, []string{"CHECKOUT_ADMIN_PASSWORD_FILE=" + secret, "CHECKOUT_ADMIN_USERNAME=owner", "CHECKOUT_API_KEYS_FILE=" + keys, "CHECKOUT_LOG_FORMAT=", "CHECKOUT_ADMIN_PASSWORD_HASH_FILE=", "CHECKOUT_GONE="}, nil)
	if err != nil {
		t.Fatal(err)
	}
	if got := c.Admin.Password.Value(); got != "from a file" {
		t.Errorf("password of a file = %q, want its text without the line end", got)
	}
	if len(c.API.Keys) != 2 || c.API.Keys[1].Value() != "two" {
		t.Errorf("keys of a file: %d, want one a line", len(c.API.Keys))
	}
	if c.Log.Level != "warn" || c.Log.Format != "text" {
		t.Errorf("log = %v, want warn of the file and text, as an empty variable sets nothing", c.Log)
	}
}

// TestRefundsByMode: refunds are on with play money alone, unless the merchant says otherwise.
func TestRefundsByMode(t *testing.T) {
	t.Parallel()
	for in, want := range map[[2]string]config.Refunds{
		{"simulator", ""}: config.RefundsV3, {"test", ""}: config.RefundsOff, {"simulator", "off"}: config.RefundsOff, {"simulator", "false"}: config.RefundsOff,
		{"test", "on"}: config.RefundsV3, {"test", "true"}: config.RefundsV3, {"test", "v4"}: config.RefundsV4,
	} {
		environ := []string{"CHECKOUT_LIANLIAN_MODE=" + in[0], "CHECKOUT_LIANLIAN_REFUNDS=" + in[1]}
		if in[0] == "test" {
			environ = append(environ, "CHECKOUT_LIANLIAN_MERCHANT_ID=1", "CHECKOUT_LIANLIAN_PRIVATE_KEY="+pem("PRIVATE KEY"), "CHECKOUT_LIANLIAN_PUBLIC_KEY="+pem("PUBLIC KEY"))
		}
		c, err := config.Parse(nil, environ)
		if err != nil || c.LianLian.Refunds != want || c.LianLian.Refunds.On() != (want != config.RefundsOff) {
			t.Errorf("%v: %v, %v; want %s", in, c, err, want)
		}
	}
	if _, err := config.Parse(nil, []string{"CHECKOUT_LIANLIAN_REFUNDS=yes please"}); err == nil || !strings.Contains(err.Error(), "lianlian.refunds") {
		t.Errorf("nonsense: %v", err)
	}
}

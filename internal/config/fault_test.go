package config_test

import (
	"errors"
	"io/fs"
	"strings"
	"testing"

	"lianlian-checkout/internal/config"
)

func TestFaults(t *testing.T) {
	t.Parallel()
	const (
		test       = "lianlian:\n  mode: test\n  merchant_id: 1\n  private_key: key\n  public_key: pub\n"
		production = "lianlian:\n  mode: production\n  merchant_id: 1\n  private_key: key\n  public_key: pub\nserver: {base_url: https://a.example}\n"
		discount   = "shop:\n  discounts:\n    - {code: ABC, percent: 5}\n    - {"
		product    = "shop:\n  products:\n    - {slug: a, sku: A, name: A, price: 1.00}\n    - "
	)
	tests := []struct {
		name, yaml string
		environ    []string
		want       string
	}{
		// The file's form.
		{"tab", "log:\n\tlevel: info\n", nil, "configuration (line 2): is not valid YAML: found character '\t' that cannot start any token; check the indentation, colons and quotes there"},
		{"quote", "log:\n  level: \"info\nx: 1\n", nil, "configuration (line 2): is not valid YAML: could not find end character of double-quoted text; check the indentation, colons and quotes there"},
		{"list at top", "- a\n", nil, "configuration: is not a group of keys; write keys and values, like log: {level: info}"},
		{"two documents", "log: {level: info}\n---\nlog: {level: warn}\n", nil, "configuration (line 3): is a second document; keep one document, without --- lines"},
		{"unknown key", "log:\n  levle: info\n", nil, "log.levle (line 2): is not a known key; did you mean log.level?"},
		{"key in the wrong group", "merchant_id: 1\n", nil, "merchant_id (line 1): is not a known key; did you mean lianlian.merchant_id?"},
		{"strange key", "log: {colour: red}\n", nil, "log.colour (line 1): is not a known key; use level or format"},
		{"key twice", "log:\n  level: info\n  level: warn\n", nil, "log.level (line 3): is set twice; keep one of them"},
		{"anchor", "log: {level: &a info}\n", nil, "log.level (line 1): is an anchor, alias, tag or merge key; write the value out"},
		{"not a list", "embed:\n  origins: https://a.example\n", nil, "embed.origins (line 2): is not a list; write one item a line, each after a hyphen"},
		{"not a group", "log: info\n", nil, "log (line 1): is not a group of keys; write the keys below it, indented"},
		{"not a value", "log:\n  level: [info]\n", nil, "log.level (line 2): is not a single value; write one value after the colon"},
		{"not a text", "shop:\n  name: [a]\n", nil, "shop.name (line 2): is not a text; write one text, or one each for en, zh-Hans, zh-Hant"},
		{"unknown language", "shop:\n  name:\n    zh-hk: 舖\n", nil, "shop.name.zh-hk (line 3): is not a known key; use en, zh-Hans or zh-Hant"},
		{"not a duration", "lianlian: {timeout: 10}\n", nil, `lianlian.timeout (line 1): "10" is not a duration; use a number with its unit, like 10s, 30m or 168h`},
		{"not a number", "limits: {api: many}\n", nil, `limits.api (line 1): "many" is not a whole number; use digits only`},
		{"not true or false", "webhooks: {allow_private: yes}\n", nil, `webhooks.allow_private (line 1): "yes" is neither true nor false; use true or false`},
		{"everything at once", "log:\n  level: loud\nlimits: {api: 0}\nx: 1\n", []string{"CHECKOUT_LOG_FROMAT=text"}, "x (line 4): is not a known key; use server, shop, lianlian, simulator, database, checkout, reconcile, api, webhooks, embed, mail, admin, keep, limits, log, metrics, tracing or clock\n" +
			"CHECKOUT_LOG_FROMAT: is not a known variable; did you mean CHECKOUT_LOG_FORMAT?\n" +
			"limits.api (line 3): 0 is out of range; use 1 to 100000 requests per minute\n" +
			`log.level (line 2): "loud" is not one of its values; use debug, info, warn or error`},

		// The environment.
		{"unknown variable", "", []string{"CHECKOUT_NOTHING_LIKE_IT=1"}, "CHECKOUT_NOTHING_LIKE_IT: is not a known variable; unset it, or use CHECKOUT_ and a key's path in capitals"},
		{"bad variable", "log:\n  level: info\n", []string{"CHECKOUT_LOG_LEVEL=inof"}, `log.level (CHECKOUT_LOG_LEVEL): "inof" is not one of its values; did you mean info? use debug, info, warn or error`},
		{"file for a plain key", "", []string{"CHECKOUT_LOG_LEVEL_FILE=x"}, "CHECKOUT_LOG_LEVEL_FILE: reads a file, which only secrets can; use CHECKOUT_LOG_LEVEL"},
		{"secret twice", "", []string{"CHECKOUT_ADMIN_PASSWORD_FILE=pub", "CHECKOUT_ADMIN_PASSWORD=x"}, "CHECKOUT_ADMIN_PASSWORD_FILE: is set beside CHECKOUT_ADMIN_PASSWORD; keep one of them"},
		{"secret's file missing", "", []string{"CHECKOUT_ADMIN_PASSWORD_FILE=none"}, "CHECKOUT_ADMIN_PASSWORD_FILE: names a file that doesn't exist; check the path, which starts at the working directory unless it begins with /"},
		{"secret's file forbidden", "", []string{"CHECKOUT_ADMIN_PASSWORD_FILE=forbidden"}, "CHECKOUT_ADMIN_PASSWORD_FILE: names a file that may not be read; let the user that runs the checkout read it"},
		{"secret's file broken", "", []string{"CHECKOUT_ADMIN_PASSWORD_FILE=broken"}, "CHECKOUT_ADMIN_PASSWORD_FILE: names a file that can't be read; name a regular file"},
		{"secret's file empty", "", []string{"CHECKOUT_ADMIN_PASSWORD_FILE=empty"}, "CHECKOUT_ADMIN_PASSWORD_FILE: names an empty file; put the value into it"},
		{"secret's file huge", "", []string{"CHECKOUT_ADMIN_PASSWORD_FILE=huge"}, "CHECKOUT_ADMIN_PASSWORD_FILE: names a file of more than 512 KiB; name a file that holds the value alone"},
		{"objects not JSON", "", []string{"CHECKOUT_WEBHOOKS_ENDPOINTS=https://a.example"}, "webhooks.endpoints (CHECKOUT_WEBHOOKS_ENDPOINTS): is not JSON; use a JSON list of objects, like [{…}]"},
		{"text not JSON", "", []string{"CHECKOUT_SHOP_NAME={a"}, `shop.name (CHECKOUT_SHOP_NAME): is not JSON; use a JSON object, like {"en":"…","zh-Hant":"…"}`},
		{"unknown key in JSON", "", []string{`CHECKOUT_WEBHOOKS_ENDPOINTS=[{"url":"https://a.example/h","secret":"` + whsec + `","event":[]}]`}, "webhooks.endpoints[0].event (CHECKOUT_WEBHOOKS_ENDPOINTS): is not a known key; did you mean webhooks.endpoints[0].events?"},

		// server
		{"address", "server: {address: '8080'}\n", nil, `server.address (line 1): "8080" is not an address to listen on; use host:port or :port, like :8080`},
		{"port", "server: {address: ':70000'}\n", nil, `server.address (line 1): ":70000" is not an address to listen on; use host:port or :port, like :8080`},
		{"base_url http", "server: {base_url: http://shop.example}\n", nil, "server.base_url (line 1): is not https; use https; http is only for loopback"},
		{"base_url query", "server: {base_url: https://shop.example/?a=1}\n", nil, "server.base_url (line 1): has a query or fragment; end it after the path"},
		{"base_url fragment", "server: {base_url: 'https://shop.example/#'}\n", nil, "server.base_url (line 1): has a query or fragment; end it after the path"},
		{"base_url user", "server: {base_url: 'https://u:p@shop.example'}\n", nil, "server.base_url (line 1): holds a user name or password; leave them out"},
		{"base_url form", "server: {base_url: shop.example}\n", nil, "server.base_url (line 1): is not a URL with its scheme and host; use one like https://pay.example.com"},
		{"base_url scheme", "server: {base_url: 'ftp://shop.example'}\n", nil, "server.base_url (line 1): is not a URL with its scheme and host; use one like https://pay.example.com"},
		{"base_url production loopback", strings.Replace(production, "https://a.example", "http://localhost:8080", 1), nil, "server.base_url (line 6): is not https, in production; use https"},
		{"base_url production missing", strings.Replace(production, "base_url: https://a.example", "", 1), nil, "server.base_url (line 6): is missing, in production; set the public URL, like https://pay.example.com"},
		{"proxy", "server: {trusted_proxies: [proxy]}\n", nil, `server.trusted_proxies[0] (line 1): "proxy" is neither an IP address nor a CIDR range; use one like 10.0.0.7 or 10.0.0.0/8`},
		{"proxy everybody", "server: {trusted_proxies: [10.0.0.1, 0.0.0.0/0]}\n", nil, "server.trusted_proxies[1] (line 1): trusts every address there is; name the proxy's own range, like 10.0.0.0/8"},

		// shop
		{"name missing", "shop: {name: ''}\n", nil, "shop.name (line 1): is missing; set it in at least one of en, zh-Hans, zh-Hant"},
		{"currency", "shop: {currency: HDK}\n", nil, `shop.currency (line 1): "HDK" is not a currency of the gateway; did you mean HKD? use AED, AUD, BRL, CAD, CHF, CNY, EUR, GBP, HKD, IDR, JPY, KRW, MXN, MYR, NGN, NPR, NZD, SGD, THB, INR or USD`},
		{"country", "shop: {country: hk}\n", nil, `shop.country (line 1): "hk" is not a country code; use two capital letters, like HK`},
		{"locale", "shop: {locale: zh}\n", nil, `shop.locale (line 1): "zh" is not one of its values; use en, zh-Hans or zh-Hant`},
		{"e-mail", "shop: {support_email: Me <me@a.example>}\n", nil, "shop.support_email (line 1): is not an e-mail address; use one like help@example.com"},
		{"terms", "shop: {terms_url: 'http://a.example/'}\n", nil, "shop.terms_url (line 1): is not the address of a page over https; use one like https://shop.example/terms"},
		{"privacy", "shop: {privacy_url: 'javascript:alert(1)'}\n", nil, "shop.privacy_url (line 1): is not the address of a page over https; use one like https://shop.example/terms"},
		{"logo", "shop: {logo: http://a.example/l.svg}\n", nil, "shop.logo (line 1): is not the place of a picture; use a path that begins with /static/ or an https URL"},
		{"logo escape", "shop: {logo: /static/../x}\n", nil, "shop.logo (line 1): is not the place of a picture; use a path that begins with /static/ or an https URL"},
		{"accent", "shop: {accent: '#12345'}\n", nil, `shop.accent (line 1): "#12345" is not a colour; use # and six hexadecimal digits, like #2f5d50`},

		// shop.products
		{"slug", product + "{slug: A b, sku: B, name: B, price: 1.00}\n", nil, `shop.products[1].slug (line 4): "A b" has a form that isn't allowed; use 1 to 64 lower case letters, digits and hyphens, like jasmine-pearls`},
		{"slug missing", product + "{sku: B, name: B, price: 1.00}\n", nil, "shop.products[1].slug (line 4): is missing; use 1 to 64 lower case letters, digits and hyphens, like jasmine-pearls"},
		{"slug twice", product + "{slug: a, sku: B, name: B, price: 1.00}\n", nil, `shop.products[1].slug (line 4): "a" is taken by shop.products[0]; use another`},
		{"sku twice", product + "{slug: b, sku: A, name: B, price: 1.00}\n", nil, `shop.products[1].sku (line 4): "A" is taken by shop.products[0]; use another`},
		{"sku", product + "{slug: b, sku: B/1, name: B, price: 1.00}\n", nil, `shop.products[1].sku (line 4): "B/1" has a form that isn't allowed; use 1 to 64 letters, digits, dots, hyphens and underscores`},
		{"sku long", product + "{slug: b, sku: " + strings.Repeat("B", 65) + ", name: B, price: 1.00}\n", nil, "shop.products[1].sku (line 4): a value of 65 characters has a form that isn't allowed; use 1 to 64 letters, digits, dots, hyphens and underscores"},
		{"product name", product + "{slug: b, sku: B, price: 1.00}\n", nil, "shop.products[1].name (line 4): is missing; set it in at least one of en, zh-Hans, zh-Hant"},
		{"product name long", product + "{slug: b, sku: B, price: 1.00, name: {zh-Hant: " + strings.Repeat("茶", 129) + "}}\n", nil, "shop.products[1].name.zh-Hant (line 4): has 129 characters; use at most 128"},
		{"description long", product + "{slug: b, sku: B, name: B, price: 1.00, description: " + strings.Repeat("x", 129) + "}\n", nil, "shop.products[1].description.en (line 4): has 129 characters; use at most 128"},
		{"description quote", product + "{slug: b, sku: B, name: B, price: 1.00, description: {zh-Hans: 'a \" b'}}\n", nil, "shop.products[1].description.zh-Hans (line 4): holds a double quote, which the gateway refuses; use “ and ” or 「 and 」"},
		{"description line break", product + "{slug: b, sku: B, name: B, price: 1.00, description: \"a\\nb\"}\n", nil, "shop.products[1].description.en (line 4): holds a line break or another control character; write it on one line"},
		{"price missing", product + "{slug: b, sku: B, name: B}\n", nil, "shop.products[1].price (line 4): is missing or nothing; use more than zero, like 168.00"},
		{"price form", product + "{slug: b, sku: B, name: B, price: 1.005}\n", nil, `shop.products[1].price (line 4): "1.005" is not an amount; use digits and two decimals, like 168.00`},
		{"price negative", product + "{slug: b, sku: B, name: B, price: -1.00}\n", nil, `shop.products[1].price (line 4): "-1.00" is not an amount; use digits and two decimals, like 168.00`},
		{"price of yen", "shop:\n  currency: JPY\n  products:\n    - {slug: b, sku: B, name: B, price: 1.50}\n", nil, "shop.products[0].price (line 4): 1.50 has decimals, which JPY doesn't have; use whole units, like 168.00"},
		{"list price", product + "{slug: b, sku: B, name: B, price: 2.00, cost_price: 1.99}\n", nil, "shop.products[1].cost_price (line 4): is less than the price; set the price before discount, or leave it out"},
		{"stock", product + "{slug: b, sku: B, name: B, price: 2.00, stock: -1}\n", nil, "shop.products[1].stock (line 4): is less than nothing; use 0 for sold out, or leave it out to count none"},
		{"variants and price", product + "{slug: b, name: B, price: 2.00, variants: [{sku: B, price: 1.00}]}\n", nil, "shop.products[1].variants (line 4): stands beside a sku, price or stock of the product itself; set these on each variant only"},
		{"variant name", product + "{slug: b, name: B, variants: [{sku: B, name: b, price: 1.00}, {sku: C, price: 1.00}]}\n", nil, "shop.products[1].variants[1].name (line 4): is missing; set it in at least one of en, zh-Hans, zh-Hant"},
		{"variant sku twice", product + "{slug: b, name: B, variants: [{sku: A, price: 1.00}]}\n", nil, `shop.products[1].variants[0].sku (line 4): "A" is taken by shop.products[0]; use another`},
		{"free amount variants", product + "{slug: b, name: B, free_amount: true, variants: [{sku: B, price: 1.00}]}\n", nil, "shop.products[1].free_amount (line 4): stands beside variants; let a free amount have a sku and a price, the least"},
		{"free amount list price", product + "{slug: b, sku: B, name: B, free_amount: true, price: 1.00, cost_price: 2.00}\n", nil, "shop.products[1].cost_price (line 4): is another than the least price of a free amount; leave it out"},
		{"too many products", "shop:\n  products: [" + strings.Repeat("{},", 1001) + "]\n", nil, "shop.products (line 2): has 1001 products; use at most 1000"},

		// shop.discounts
		{"discount code", discount + "code: TEA 10, percent: 10}\n", nil, `shop.discounts[1].code (line 4): "TEA 10" has a form that isn't allowed; use 3 to 32 letters, digits and hyphens, like TEA10`},
		{"discount without code", discount + "percent: 10}\n", nil, "shop.discounts[1].code (line 4): is missing; use 3 to 32 letters, digits and hyphens, like TEA10"},
		{"discount twice", discount + "code: abc, percent: 10}\n", nil, `shop.discounts[1].code (line 4): "ABC" is taken by shop.discounts[0].code; use another`},
		{"discount of nothing", discount + "code: TEA10}\n", nil, "shop.discounts[1] (line 4): takes nothing off; set percent, like 10, or amount, like 20.00"},
		{"discount of both", discount + "code: TEA10, percent: 10, amount: 1.00}\n", nil, "shop.discounts[1].percent (line 4): stands beside an amount; keep one of them"},
		{"discount of 101", discount + "code: TEA10, percent: 101}\n", nil, "shop.discounts[1].percent (line 4): 101 is out of range; use 1 to 100"},
		{"discount of none", discount + "code: TEA10, percent: 0}\n", nil, "shop.discounts[1].percent (line 4): 0 is out of range; use 1 to 100"},
		{"discount's day", discount + "code: TEA10, percent: 10, expires: 31.12.2026}\n", nil, `shop.discounts[1].expires (line 4): "31.12.2026" is not a day; use year, month and day, like 2026-12-31`},
		{"discount's uses", discount + "code: TEA10, percent: 10, max_uses: 0}\n", nil, "shop.discounts[1].max_uses (line 4): 0 is out of range; use 1 or more, or leave it out for any number"},
		{"discount's least", discount + "code: TEA10, percent: 10, min_total: 1.005}\n", nil, `shop.discounts[1].min_total (line 4): "1.005" is not an amount; use digits and two decimals, like 168.00`},
		{"discount's product", product + "{slug: b, sku: B, name: B, price: 1.00}\n  discounts: [{code: TEA10, percent: 10, products: [a, c]}]\n", nil, `shop.discounts[0].products[1] (line 5): "c" is no product's slug; use the slug of a product in shop.products`},
		{"too many discounts", "shop:\n  discounts: [" + strings.Repeat("{},", 1001) + "]\n", nil, "shop.discounts (line 2): has 1001 codes; use at most 1000"},

		// lianlian
		{"mode", "lianlian: {mode: prod}\n", nil, `lianlian.mode (line 1): "prod" is not one of its values; use simulator, test or production`},
		{"nothing for test", "lianlian: {mode: test}\n", nil, "lianlian.merchant_id (line 1): is missing, in mode test; set the number that LianLian gave the merchant\n" +
			"lianlian.private_key (line 1): is missing, in mode test; set the merchant's private key: its text, or a path to its file\n" +
			"lianlian.public_key (line 1): is missing, in mode test; set LianLian's public key: its text, or a path to its file"},
		{"simulator with a key", "lianlian: {private_key: key}\n", nil, "lianlian.private_key (line 1): is set, but the simulator makes its own keys; remove it, or set lianlian.mode to test or production"},
		{"simulator with their key", "lianlian: {public_key: pub}\n", nil, "lianlian.public_key (line 1): is set, but the simulator makes its own keys; remove it, or set lianlian.mode to test or production"},
		{"simulator beside production", "lianlian: {base_url: https://gpapi.LianLianPay.com.}\n", nil, "lianlian.base_url (line 1): is the production gateway, beside the simulator; remove it, or set lianlian.mode to production"},
		{"simulator elsewhere", "lianlian: {base_url: https://gateway.example}\n", nil, "lianlian.base_url (line 1): is another gateway than the simulator; remove it, or set lianlian.mode to test"},
		{"test at production", test + "  base_url: https://gpapi-hk.lianlianpay.com\n", nil, "lianlian.base_url (line 6): is the production gateway, in mode test; use https://celer-api.lianlianpay-inc.com or set lianlian.mode to production"},
		{"production at test", strings.Replace(production, "server:", "  base_url: https://celer-api.lianlianpay-inc.com\nserver:", 1), nil, "lianlian.base_url (line 6): is the test gateway, in mode production; use https://gpapi.lianlianpay.com or set lianlian.mode to test"},
		{"production on loopback", strings.Replace(production, "server:", "  base_url: http://127.0.0.1\nserver:", 1), nil, "lianlian.base_url (line 6): is not https, in production; use https"},
		{"scenario", "simulator:\n  scenario:\n    - lots\n", nil, `simulator.scenario[0] (line 3): "lots" is nothing that the simulator can do; did you mean lost? docs/simulator.md lists them`},
		{"scenario, nothing near", "simulator: {scenario: [explode]}\n", nil, `simulator.scenario[0] (line 1): "explode" is nothing that the simulator can do; docs/simulator.md lists them`},
		{"scenario's value", "simulator: {scenario: [lost, create_status=700]}\n", nil, "simulator.scenario[1] (line 1): can't be done: create_status: want a whole number from 0 to 599; docs/simulator.md lists the values"},
		{"scenario as one value", "simulator: {scenario: lost}\n", nil, "simulator.scenario (line 1): is not a list; write one item a line, each after a hyphen"},
		{"scenario from the environment", "", []string{"CHECKOUT_SIMULATOR_SCENARIO=lost,create_delay=2h"}, "simulator.scenario[1] (CHECKOUT_SIMULATOR_SCENARIO): can't be done: create_delay: use a duration from 0s to 1h, like 5s; docs/simulator.md lists the values"},
		{"simulator's speed", "simulator: {speed: 0}\n", nil, "simulator.speed (line 1): 0 is out of range; use 1 to 3600"},
		{"simulator's address", "simulator: {address: nowhere}\n", nil, "simulator.address (line 1): \"nowhere\" is not an address to listen on; use host:port or :port, like 127.0.0.1:8090"},
		{"simulator's merchant", "simulator: {merchant_id: a b}\n", nil, "simulator.merchant_id (line 1): is not a merchant's number; use at most 32 letters and digits"},
		{"simulator's key", "simulator:\n  merchant_key: |\n    -----BEGIN PRIVATE KEY-----\n", nil, "simulator.merchant_key (line 2): holds the other half of a key pair; use the merchant's public key; the simulator has no use for the private one"},
		{"gateway http", test + "  base_url: http://gateway.example\n", nil, "lianlian.base_url (line 6): is not https; use https; http is only for loopback"},
		{"merchant_id", strings.Replace(test, "merchant_id: 1", "merchant_id: 1/2", 1), nil, "lianlian.merchant_id (line 3): is not a merchant's number; use at most 32 letters and digits"},
		{"key missing", strings.Replace(test, "private_key: key", "private_key: none", 1), nil, "lianlian.private_key (line 4): is neither a key nor a path to one: it names a file that doesn't exist; check the path, which starts at the working directory unless it begins with /"},
		{"keys swapped", strings.NewReplacer("private_key: key", "private_key: pub", "public_key: pub", "public_key: key").Replace(test), nil, "lianlian.private_key (line 4): holds the other half of a key pair; use the merchant's private key; LianLian's public key belongs to lianlian.public_key\n" +
			"lianlian.public_key (line 5): holds the other half of a key pair; use LianLian's public key; the merchant's private key belongs to lianlian.private_key"},
		{"timezone", "lianlian: {timezone: Hongkong City}\n", nil, `lianlian.timezone (line 1): "Hongkong City" is not a time zone; use an IANA name, like Asia/Hong_Kong`},
		{"timestamp", "lianlian: {timestamp: seconds}\n", nil, `lianlian.timestamp (line 1): "seconds" is not one of its values; use millis or datetime`},
		{"timeout", "lianlian: {timeout: 2m}\n", nil, "lianlian.timeout (line 1): 2m is out of range; use 1s to 1m"},

		// database
		{"kept too short", "keep: {personal_data: 29, deliveries: -1}\n", nil, "keep.personal_data (line 1): 29 days is out of range; use 30 to 36500 days, or 0 for ever\nkeep.deliveries (line 1): -1 days is out of range; use 7 to 36500 days, or 0 for ever"},
		{"too few copies", "database: {backup_keep: 0}\n", nil, "database.backup_keep (line 1): 0 is out of range; use 1 to 1000 copies"},
		{"copies of PostgreSQL", "database: {dsn: 'postgres://u@h/n', backup_folder: x}\n", nil, "database.backup_folder (line 1): is set, but PostgreSQL is backed up by its own tools; remove it, and let pg_dump run every night"},
		{"dsn empty", "database: {dsn: ''}\n", nil, "database.dsn (line 1): is empty; use a path like data/checkout.db, file:… or postgres://user@host/name"},
		{"dsn unknown", "database: {dsn: 'mysql://u:hunter2@h/n'}\n", nil, "database.dsn (line 1): is for a database that isn't known; use a path like data/checkout.db, file:… or postgres://user@host/name"},
		{"dsn words", "database: {dsn: 'host=h password=hunter2'}\n", nil, "database.dsn (line 1): is a list of words; write it as a URL, postgres://user@host/name"},
		{"dsn broken", "database: {dsn: 'postgres://u:hunter2%@h/n'}\n", nil, "database.dsn (line 1): is not a URL with a host; use one like postgres://user@host/name; write special characters of a password as %XX"},

		// checkout, reconcile
		{"no wallet", "checkout: {processors: []}\n", nil, "checkout.processors (line 1): is empty, so nobody can pay; use alipayhk, alipaycn, wechathk or wechatcn"},
		{"wallet", "checkout: {processors: [alipayhk, wechat]}\n", nil, `checkout.processors[1] (line 1): "wechat" is not a wallet of the gateway; did you mean wechathk? use alipayhk, alipaycn, wechathk or wechatcn`},
		{"wallet twice", "checkout: {processors: [alipayhk, alipayhk]}\n", nil, "checkout.processors[1] (line 1): alipayhk is listed twice; keep one of them"},
		{"field", "checkout: {require: [fullname]}\n", nil, `checkout.require[0] (line 1): "fullname" is not a customer field; did you mean full_name? use full_name, first_name, last_name, gender, id_type, id_no, email, phone, company, line1, line2, city, state, country or postal_code`},
		{"field twice", "checkout: {require: [email, email]}\n", nil, "checkout.require[1] (line 1): email is listed twice; keep one of them"},
		{"expiry", "checkout: {expires_after: 30s}\n", nil, "checkout.expires_after (line 1): 30s is out of range; use 1m to 24h"},
		{"interval", "reconcile: {interval: 0s}\n", nil, "reconcile.interval (line 1): 0s is out of range; use 1s to 10m"},
		{"horizon", "reconcile: {horizon: 1h}\n", nil, "reconcile.horizon (line 1): 1h is out of range; use 3h to 720h"},

		// api, webhooks, embed
		{"key with a blank", "api: {keys: ['a b']}\n", nil, "api.keys[0] (line 1): can't be sent as a bearer key; use letters, digits and -._~+/= without blanks"},
		{"key twice", "api: {keys: [abc, abc]}\n", nil, "api.keys[1] (line 1): is listed twice; keep one of them"},
		{"key short", production + "api: {keys: [abc]}\n", nil, "api.keys[0] (line 7): is short enough to guess; use at least 24 random characters in production"},
		{"origin form", "api: {return_origins: ['*']}\n", nil, "api.return_origins[0] (line 1): is not an exact origin; use scheme and host, like https://shop.example.com"},
		{"origin path", "embed: {origins: [https://a.example/]}\n", nil, "embed.origins[0] (line 1): has more than scheme, host and port; end it after the host, without a slash"},
		{"origin port", "embed: {origins: ['https://a.example:443']}\n", nil, "embed.origins[0] (line 1): is not how a browser writes it; use lower case, without the scheme's own port"},
		{"origin capitals", "embed: {origins: [https://A.example]}\n", nil, "embed.origins[0] (line 1): is not how a browser writes it; use lower case, without the scheme's own port"},
		{"origin http", "embed: {origins: [http://a.example]}\n", nil, "embed.origins[0] (line 1): is not https; use https; http is only for loopback outside production"},
		{"origin loopback in production", production + "embed: {origins: ['http://localhost:3000']}\n", nil, "embed.origins[0] (line 7): is not https; use https; http is only for loopback outside production"},
		{"origin twice", "embed: {origins: [https://a.example, https://a.example]}\n", nil, "embed.origins[1] (line 1): is listed twice; keep one of them"},
		{"endpoint", "webhooks:\n  endpoints:\n    - url: http://a.example\n      secret: whsec_abc\n      events: [order.payed]\n", nil, "webhooks.endpoints[0].url (line 3): is not https; use https; webhooks.allow_private lets tests use http\n" +
			"webhooks.endpoints[0].secret (line 4): is not a webhook secret; use whsec_ and the base64 of 24 to 64 random bytes\n" +
			`webhooks.endpoints[0].events[0] (line 5): "order.payed" is not an event; did you mean order.paid? use order.paid, order.failed, order.expired, order.refunded, order.partially_refunded, order.charged_back or order.attention`},
		{"endpoint form", "webhooks:\n  endpoints: [{url: 'https://u:p@a.example', secret: " + whsec + "}]\n", nil, "webhooks.endpoints[0].url (line 2): is not the URL of a receiver; use one like https://shop.example.com/webhooks, without a user name or fragment"},
		{"endpoint twice", "webhooks:\n  endpoints: [{url: 'https://a.example', secret: " + whsec + "}, {url: 'https://a.example', secret: " + whsec + "}]\n", nil, "webhooks.endpoints[1].url (line 2): is listed twice; keep one of them"},
		{"private in production", production + "webhooks: {allow_private: true}\n", nil, "webhooks.allow_private (line 7): lets webhooks reach private addresses, in production; set false; it is for tests"},

		// mail, the form's own question
		{"mail without host", "mail: {from: a@b.example}\n", nil, "mail.host (line 1): is missing beside mail.from; set the mail server's name, or leave all of mail out"},
		{"mail without sender", "mail: {host: smtp.b.example}\n", nil, "mail.from (line 1): is not an e-mail address; set the sender's address, like shop@example.com, without a name"},
		{"mail's sender with a name", "mail: {host: smtp.b.example, from: A <a@b.example>}\n", nil, "mail.from (line 1): is not an e-mail address; set the sender's address, like shop@example.com, without a name"},
		{"metrics for everybody", "metrics: {address: \":9464\"}\n", nil, "metrics.address (line 1): lets other machines read the shop's takings; listen on 127.0.0.1, or set metrics.token"},
		{"metrics nowhere", "metrics: {address: here, token: x}\n", nil, `metrics.address (line 1): "here" is not an address to listen on; use host:port or :port, like 127.0.0.1:9464`},
		{"token in two words", "metrics: {token: a b}\n", nil, "metrics.token (line 1): can't be sent as a bearer token; use letters, digits and -._~+/= without blanks"},
		{"traces nowhere", "tracing: {endpoint: collector}\n", nil, "tracing.endpoint (line 1): is not a collector's address; use one like http://127.0.0.1:4318"},
		{"mail in clear", "mail: {host: smtp.b.example, from: a@b.example, tls: none}\n", nil, "mail.tls (line 1): sends e-mails and the password in clear; use starttls or tls; none is only for a server on loopback"},
		{"mail's way", "mail: {tls: ssl}\n", nil, `mail.tls (line 1): "ssl" is not one of its values; did you mean tls? use starttls, tls or none`},
		{"mail's port", "mail: {host: 'smtp.b.example:587', from: a@b.example, port: 70000}\n", nil, "mail.port (line 1): 70000 is not a port; use 1 to 65535, or 0 for the usual one\n" +
			`mail.host (line 1): "smtp.b.example:587" is not a host's name; use one like smtp.example.com; the port has its own key`},
		{"mail's user alone", "mail: {host: smtp.b.example, from: a@b.example, username: a}\n", nil, "mail.password (line 1): and mail.username don't go without each other; set both, or neither"},
		{"extra field's length", "checkout: {extra_field: {label: A, max_length: 501}}\n", nil, "checkout.extra_field.max_length (line 1): 501 is out of range; use 1 to 500 characters"},
		{"extra field without label", "checkout: {extra_field: {required: true}}\n", nil, "checkout.extra_field.label (line 1): is missing; say what the field asks for, or leave all of extra_field out"},
		{"extra field's label", "checkout: {extra_field: {label: " + strings.Repeat("a", 65) + "}}\n", nil, "checkout.extra_field.label.en (line 1): has 65 characters; use at most 64"},

		// admin, limits, log, clock
		{"both passwords", "admin: {username: o, password: a, password_hash: $argon2id$a}\n", nil, "admin.password (line 1): is set beside admin.password_hash; keep one of them"},
		{"no username", "admin: {password: a}\n", nil, "admin.username (line 1): is missing beside a password; set the name to sign in with"},
		{"no password", "admin: {username: a}\n", nil, "admin.password_hash (line 1): is missing beside admin.username; set it, or admin.password"},
		{"hash", "admin: {username: a, password_hash: $2y$10$abc}\n", nil, "admin.password_hash (line 1): is not an argon2id hash; use one that begins with $argon2id$, or set admin.password instead"},
		{"short password", production + "admin: {username: a, password: hunter2}\n", nil, "admin.password (line 7): is short enough to guess; use at least 12 characters in production"},
		{"limits", "limits: {checkout: 0, login: -1, api: 100001}\n", nil, "limits.checkout (line 1): 0 is out of range; use 1 to 100000 requests per minute\n" +
			"limits.login (line 1): -1 is out of range; use 1 to 100000 requests per minute\nlimits.api (line 1): 100001 is out of range; use 1 to 100000 requests per minute"},
		{"format", "log: {format: yaml}\n", nil, `log.format (line 1): "yaml" is not one of its values; use text or json`},
		{"skew", "clock: {skew: 25h}\n", nil, "clock.skew (line 1): 25h is out of range; use -24h to 24h"},
		{"skew in production", production + "clock: {skew: 1h}\n", nil, "clock.skew (line 7): moves the clock, in production; set 0s; it is for tests"},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			_, err := config.ParseWith([]byte(tt.yaml), tt.environ, files)
			var list config.Errors
			if !errors.As(err, &list) {
				t.Fatalf("error = %v, want Errors", err)
			}
			if got := list.Error(); got != tt.want {
				t.Errorf("got  %s\nwant %s", got, tt.want)
			}
		})
	}
}

// files is a small disk.
func files(path string) ([]byte, error) {
	switch path {
	case "key":
		return []byte(pem("PRIVATE KEY")), nil
	case "pub":
		return []byte(pem("PUBLIC KEY")), nil
	case "empty":
		return []byte("\n"), nil
	case "huge":
		return make([]byte, 512<<10+1), nil
	case "forbidden":
		return nil, fs.ErrPermission
	case "broken":
		return nil, errors.New("broken")
	}
	return nil, fs.ErrNotExist
}

func TestTooLarge(t *testing.T) {
	t.Parallel()
	_, err := config.Parse([]byte(strings.Repeat("#", 512<<10+1)), nil)
	if want := "configuration: has 524289 bytes; use at most 524288"; err == nil || err.Error() != want {
		t.Errorf("error = %v, want %s", err, want)
	}
}

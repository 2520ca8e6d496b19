// Package config reads the checkout's configuration: one YAML file, overridden key by key from the environment.
//
// Every key has an environment variable, CHECKOUT_ and the key's path in capitals with underscores:
// lianlian.merchant_id is CHECKOUT_LIANLIAN_MERCHANT_ID. Secrets can also be read from a file that the same name with
// _FILE points to. Lists are comma-separated, lists of objects JSON; an empty variable counts as not set.
//
// The YAML is parsed by goccy/go-yaml, but its tree is laid onto Config here, and the environment is read by our own
// reflection instead of a library: that is what lets every fault be told at once, by key and line, with numbers
// read as they are written (a merchant_id keeps its leading zero) and without ever showing the text around a fault.
package config

import (
	"time"

	"lianlian-checkout/models"
)

// Config is everything that can be set. Get one from Load or Parse, which check it.
type Config struct {
	Server    Server    `yaml:"server"`
	Shop      Shop      `yaml:"shop"`
	LianLian  LianLian  `yaml:"lianlian"`
	Simulator Simulator `yaml:"simulator"`
	Database  Database  `yaml:"database"`
	Checkout  Checkout  `yaml:"checkout"`
	Reconcile Reconcile `yaml:"reconcile"`
	API       API       `yaml:"api"`
	Webhooks  Webhooks  `yaml:"webhooks"`
	Embed     Embed     `yaml:"embed"`
	Mail      Mail      `yaml:"mail"`
	Admin     Admin     `yaml:"admin"`
	Keep      Keep      `yaml:"keep"`
	Limits    Limits    `yaml:"limits"`
	Log       Log       `yaml:"log"`
	Metrics   Metrics   `yaml:"metrics"`
	Tracing   Tracing   `yaml:"tracing"`
	Clock     Clock     `yaml:"clock"`
}

// Server is where the checkout listens and how the world reaches it.
type Server struct {
	// Address is host:port. Defaults to ":8080"; port 0 picks a free one.
	Address string `yaml:"address"`
	// BaseURL is the public URL, with its base path if there is one and without a slash at its end.
	// Empty means that it follows from the address; see Config.BaseURL.
	BaseURL string `yaml:"base_url"`
	// TrustedProxies are the IP addresses and CIDR ranges whose X-Forwarded-For is believed. Defaults to none.
	TrustedProxies []string `yaml:"trusted_proxies"`
}

// Shop is the shop's face and its shelf.
type Shop struct {
	Name         models.Text `yaml:"name"`
	Currency     string      `yaml:"currency"` // one of guide 5.3.2. Defaults to HKD
	Country      string      `yaml:"country"`  // of acquiring, the merchant's (guide 4.1.1). Defaults to HK
	Locale       string      `yaml:"locale"`   // en, zh-Hans or zh-Hant, for browsers that ask for none of them. Defaults to en
	SupportEmail string      `yaml:"support_email"`
	TermsURL     string      `yaml:"terms_url"`   // https; may be empty
	PrivacyURL   string      `yaml:"privacy_url"` // https; may be empty
	Logo         string      `yaml:"logo"`        // a path below /static/ or an https URL; may be empty
	Accent       string      `yaml:"accent"`      // #rrggbb
	Shelf        []Product   `yaml:"products"`
	Discounts    []Discount  `yaml:"discounts"`
}

// Files are the files that keys were read from, by the configuration's paths.
func (c *Config) Files() (list []string) {
	for _, k := range []Secret{c.LianLian.PrivateKey, c.LianLian.PublicKey} {
		if k.file != "" && k.file != c.LianLian.PublicKey.file { // which is no secret
			list = append(list, k.file)
		}
	}
	return list
}

// LianLian is the gateway's side.
type LianLian struct {
	// Mode is ModeSimulator (the default), ModeTest or ModeProduction.
	Mode string `yaml:"mode"`
	// BaseURL is the gateway's. Parse fills it in by mode; it stays empty for the simulator in this process.
	BaseURL    string `yaml:"base_url"`
	MerchantID string `yaml:"merchant_id"`
	// PrivateKey is the merchant's and PublicKey LianLian's, as the text of the key: Parse has read the file if a path was given.
	// PublicKey is no secret, but the two are swapped so often that neither is ever printed.
	PrivateKey Secret `yaml:"private_key"`
	PublicKey  Secret `yaml:"public_key"`
	Timezone   string `yaml:"timezone"`  // IANA name. Defaults to Asia/Hong_Kong
	Timestamp  string `yaml:"timestamp"` // millis (the default) or datetime, yyyyMMddHHmmss in Timezone
	// Timeout is the limit of one gateway call. Defaults to 10 seconds.
	Timeout time.Duration `yaml:"timeout"`
	// Refunds says whether refunds are made, and the payments of cancelled orders closed, through the gateway. Defaults to on with the simulator, and off otherwise.
	Refunds Refunds `yaml:"refunds"`
}

// Database says where orders are kept.
type Database struct {
	// DSN is a path, file:… (both SQLite) or postgres://…. Defaults to data/checkout.db.
	DSN DSN `yaml:"dsn"`
	// BackupFolder is where a copy of a SQLite database is put every night; empty for none.
	BackupFolder string `yaml:"backup_folder"`
	// BackupKeep is how many of the newest copies stay. Defaults to 14.
	BackupKeep int `yaml:"backup_keep"`
}

// Keep says for how many days what isn't bookkeeping stays; 0 is for ever.
type Keep struct {
	PersonalData int `yaml:"personal_data"` // of the buyers of finished orders
	Deliveries   int `yaml:"deliveries"`    // webhooks that were delivered or given up
}

// Checkout is how buying works.
type Checkout struct {
	// Processors are the wallets on offer, in order of display. Defaults to all four.
	Processors []models.Processor `yaml:"processors"`
	// ExpiresAfter is how long an order waits for its payment. Defaults to 30 minutes.
	ExpiresAfter time.Duration `yaml:"expires_after"`
	// Require names the customer fields (guide 3.2) that the form insists on. Defaults to full_name and email.
	Require []string `yaml:"require"`
	// ExtraField is one more question on the form.
	ExtraField ExtraField `yaml:"extra_field"`
}

// Reconcile is how persistently the gateway is asked about payments.
type Reconcile struct {
	Interval time.Duration `yaml:"interval"` // between looks for due payments. Defaults to 10 seconds
	Horizon  time.Duration `yaml:"horizon"`  // after which a payment is asked about no more. Defaults to 168 hours
}

// API is the session API's door.
type API struct {
	Keys          []Secret `yaml:"keys"`
	ReturnOrigins []string `yaml:"return_origins"` // where return_url and cancel_url may lead
}

// Texts are the keys in clear.
func (a API) Texts() []string {
	texts := make([]string, len(a.Keys))
	for i, k := range a.Keys {
		texts[i] = k.Value()
	}
	return texts
}

// Webhooks are our messages to the merchant's servers.
type Webhooks struct {
	Endpoints []Endpoint `yaml:"endpoints"`
	// AllowPrivate lets endpoints be http and on private addresses. For tests; refused in production.
	AllowPrivate bool `yaml:"allow_private"`
}

// Endpoint is one receiver of webhooks.
type Endpoint struct {
	URL    string   `yaml:"url"`
	Secret Secret   `yaml:"secret"` // whsec_ and base64 of 24 to 64 bytes, as Standard Webhooks has it
	Events []string `yaml:"events"` // empty means all
}

// Embed says who may frame the checkout.
type Embed struct {
	Origins []string `yaml:"origins"`
}

// Admin is the operator whom the configuration names, an owner. Without a password or hash only people who were added at the desk sign in.
type Admin struct {
	Username     string `yaml:"username"`
	Password     Secret `yaml:"password"`      // hashed at start
	PasswordHash Secret `yaml:"password_hash"` // argon2id, as $argon2id$v=19$…
	// RequireSecondFactor is for the people added at the desk; this account has none.
	RequireSecondFactor bool `yaml:"require_second_factor"`
}

// Limits are requests per minute of one client.
type Limits struct {
	Checkout int `yaml:"checkout"`
	Login    int `yaml:"login"`
	API      int `yaml:"api"`
	LookUp   int `yaml:"lookup"`   // of an order by number and e-mail
	Discount int `yaml:"discount"` // wrong discount codes
}

// Log says what is logged and how.
type Log struct {
	Level  string `yaml:"level"`  // debug, info, warn or error
	Format string `yaml:"format"` // text or json
}

// Clock moves time, for tests. Refused in production.
type Clock struct {
	Skew time.Duration `yaml:"skew"`
}

// The modes of the gateway.
const (
	ModeSimulator  = "simulator"
	ModeTest       = "test"
	ModeProduction = "production"
)

// Default is the configuration of an empty file.
func Default() *Config {
	return &Config{
		Server: Server{Address: ":8080"},
		Shop: Shop{
			Name:         models.Text{"en": "Tidewater Tea & Clay", "zh-Hans": "汐茶陶舍", "zh-Hant": "汐茶陶舍"},
			Currency:     "HKD",
			Country:      "HK",
			Locale:       "en",
			SupportEmail: "hello@shop.example",
			Logo:         "/static/img/logo.svg",
			Accent:       "#2f5d50",
		},
		LianLian:  LianLian{Mode: ModeSimulator, Timezone: "Asia/Hong_Kong", Timestamp: "millis", Timeout: 10 * time.Second},
		Simulator: Simulator{Speed: 1, Address: "127.0.0.1:8090"},
		Database:  Database{DSN: NewDSN("data/checkout.db"), BackupKeep: 14},
		Checkout:  Checkout{Processors: append([]models.Processor(nil), models.Processors...), ExpiresAfter: 30 * time.Minute, Require: []string{"full_name", "email"}, ExtraField: ExtraField{MaxLength: 200}},
		Reconcile: Reconcile{Interval: 10 * time.Second, Horizon: 168 * time.Hour},
		Mail:      Mail{TLS: "starttls"},
		Limits:    Limits{Checkout: 30, Login: 10, API: 600, LookUp: 10, Discount: 10},
		Log:       Log{Level: "info", Format: "text"},
	}
}

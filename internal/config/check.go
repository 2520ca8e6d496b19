package config

import (
	"encoding/base64"
	"fmt"
	"net"
	"net/mail"
	"net/netip"
	"net/url"
	"reflect"
	"slices"
	"strconv"
	"strings"
	"time"
	_ "time/tzdata" // lianlian.timezone must be known on machines without a zone database

	"lianlian-checkout/models"
)

// currencies are the gateway's (guide 5.3.2).
var currencies = strings.Fields("AED AUD BRL CAD CHF CNY EUR GBP HKD IDR JPY KRW MXN MYR NGN NPR NZD SGD THB INR USD")

// customerFields are those of guide 3.2 that a form can insist on.
var customerFields = strings.Fields("full_name first_name last_name gender id_type id_no email phone company line1 line2 city state country postal_code")

// events are the webhooks that an endpoint can ask for.
var events = models.Tells

var (
	modes   = []string{ModeSimulator, ModeTest, ModeProduction}
	levels  = []string{"debug", "info", "warn", "error"}
	formats = []string{"text", "json"}
	stamps  = []string{"millis", "datetime"}
)

// root lays the file's tree onto c.
func (f *faults) root(c *Config, tree node) {
	switch tree.kind {
	case empty:
	case mapping:
		f.decodeStruct(reflect.ValueOf(c).Elem(), tree, "", "")
	case scalar, list, unsupported:
		f.add("configuration", "is not a group of keys", "write keys and values, like log: {level: info}")
	}
}

// check applies every rule that reaches beyond the form of a single value.
func (f *faults) check(c *Config) {
	production := c.LianLian.Mode == ModeProduction
	f.checkServer(c.Server, production)
	f.checkShop(c.Shop)
	f.checkProducts(c.Shop)
	f.checkDiscounts(c.Shop)
	f.checkGateway(c.LianLian)
	f.checkSimulator(c.Simulator)
	f.checkDSN(c.Database.DSN)
	f.checkCheckout(c.Checkout)
	f.between("reconcile.interval", c.Reconcile.Interval, time.Second, 10*time.Minute)
	f.between("reconcile.horizon", c.Reconcile.Horizon, 3*time.Hour, 30*24*time.Hour)
	f.checkAPI(c.API, production)
	f.checkWebhooks(c.Webhooks, production)
	f.origins("embed.origins", c.Embed.Origins, production)
	f.checkMail(c.Mail)
	f.checkKeep(c)
	f.checkAdmin(c.Admin, production)
	f.count("limits.checkout", c.Limits.Checkout)
	f.count("limits.login", c.Limits.Login)
	f.count("limits.api", c.Limits.API)
	f.count("limits.lookup", c.Limits.LookUp)
	f.count("limits.discount", c.Limits.Discount)
	f.among("log.level", c.Log.Level, levels)
	f.among("log.format", c.Log.Format, formats)
	f.checkMetrics(c.Metrics, production)
	f.checkTracing(c.Tracing)
	if c.Clock.Skew != 0 {
		f.between("clock.skew", c.Clock.Skew, -24*time.Hour, 24*time.Hour)
		if production {
			f.add("clock.skew", "moves the clock, in production", "set 0s; it is for tests")
		}
	}
}

func (f *faults) among(key, value string, choices []string) {
	if !slices.Contains(choices, value) {
		f.add(key, shown(value)+" is not one of its values", choice(value, choices))
	}
}

func (f *faults) between(key string, d, least, most time.Duration) {
	if d < least || d > most {
		f.add(key, fmt.Sprintf("%s is out of range", short(d)), fmt.Sprintf("use %s to %s", short(least), short(most)))
	}
}

// short prints 30m for 30m0s.
func short(d time.Duration) string {
	s := d.String()
	if strings.HasSuffix(s, "m0s") {
		s = strings.TrimSuffix(s, "0s")
	}
	if strings.HasSuffix(s, "h0m") {
		s = strings.TrimSuffix(s, "0m")
	}
	return s
}

func (f *faults) count(key string, n int) {
	if n < 1 || n > 100_000 {
		f.add(key, fmt.Sprintf("%d is out of range", n), "use 1 to 100000 requests per minute")
	}
}

// listen checks an address to listen on.
func (f *faults) listen(key, address, like string) {
	_, port, err := net.SplitHostPort(address)
	if n, convErr := strconv.ParseUint(port, 10, 16); err != nil || convErr != nil || n > 65535 {
		f.add(key, shown(address)+" is not an address to listen on", "use host:port or :port, like "+like)
	}
}

func (f *faults) checkServer(s Server, production bool) {
	f.listen("server.address", s.Address, ":8080")
	switch {
	case s.BaseURL == "" && production:
		f.add("server.base_url", "is missing, in production", "set the public URL, like https://pay.example.com")
	case s.BaseURL != "":
		f.url("server.base_url", s.BaseURL, !production)
	}
	for i, p := range s.TrustedProxies {
		key := fmt.Sprintf("server.trusted_proxies[%d]", i)
		if prefix, err := netip.ParsePrefix(p); err == nil {
			if prefix.Bits() == 0 {
				f.add(key, "trusts every address there is", "name the proxy's own range, like 10.0.0.0/8")
			}
		} else if _, err := netip.ParseAddr(p); err != nil {
			f.add(key, shown(p)+" is neither an IP address nor a CIDR range", "use one like 10.0.0.7 or 10.0.0.0/8")
		}
	}
}

func (f *faults) checkShop(s Shop) {
	f.text("shop.name", s.Name, true, 128)
	if !slices.Contains(currencies, s.Currency) {
		f.add("shop.currency", shown(s.Currency)+" is not a currency of the gateway", choice(s.Currency, currencies))
	}
	if len(s.Country) != 2 || strings.Trim(s.Country, "ABCDEFGHIJKLMNOPQRSTUVWXYZ") != "" {
		f.add("shop.country", shown(s.Country)+" is not a country code", "use two capital letters, like HK")
	}
	f.among("shop.locale", s.Locale, languages)
	if a, err := mail.ParseAddress(s.SupportEmail); s.SupportEmail != "" && (err != nil || a.Address != s.SupportEmail) {
		f.add("shop.support_email", "is not an e-mail address", "use one like help@example.com")
	}
	for key, link := range map[string]string{"shop.terms_url": s.TermsURL, "shop.privacy_url": s.PrivacyURL} {
		if link != "" && !models.IsHTTPS(link) {
			f.add(key, "is not the address of a page over https", "use one like https://shop.example/terms")
		}
	}
	f.image("shop.logo", s.Logo)
	if !isColour(s.Accent) {
		f.add("shop.accent", shown(s.Accent)+" is not a colour", "use # and six hexadecimal digits, like #2f5d50")
	}
}

func isColour(s string) bool {
	return len(s) == 7 && s[0] == '#' && strings.Trim(s[1:], "0123456789abcdefABCDEF") == ""
}

func (f *faults) checkCheckout(c Checkout) {
	if len(c.Processors) == 0 {
		f.add("checkout.processors", "is empty, so nobody can pay", oneOf(processorNames()))
	}
	for i, p := range c.Processors {
		key := fmt.Sprintf("checkout.processors[%d]", i)
		if !p.Known() {
			f.add(key, shown(string(p))+" is not a wallet of the gateway", choice(string(p), processorNames()))
		} else if slices.Index(c.Processors, p) < i {
			f.add(key, string(p)+" is listed twice", "keep one of them")
		}
	}
	f.checkExtraField(c.ExtraField)
	f.between("checkout.expires_after", c.ExpiresAfter, time.Minute, 24*time.Hour)
	for i, name := range c.Require {
		key := fmt.Sprintf("checkout.require[%d]", i)
		if !slices.Contains(customerFields, name) {
			f.add(key, shown(name)+" is not a customer field", choice(name, customerFields))
		} else if slices.Index(c.Require, name) < i {
			f.add(key, name+" is listed twice", "keep one of them")
		}
	}
}

func processorNames() []string {
	names := make([]string, len(models.Processors))
	for i, p := range models.Processors {
		names[i] = string(p)
	}
	return names
}

func (f *faults) checkAPI(a API, production bool) {
	for i, k := range a.Keys {
		key := fmt.Sprintf("api.keys[%d]", i)
		v := k.Value()
		switch {
		case v == "" || strings.ContainsFunc(v, func(r rune) bool { return r <= ' ' || r > '~' }):
			f.add(key, "can't be sent as a bearer key", "use letters, digits and -._~+/= without blanks")
		case production && len(v) < 24:
			f.add(key, "is short enough to guess", "use at least 24 random characters in production")
		case slices.IndexFunc(a.Keys, k.Equal) < i:
			f.add(key, "is listed twice", "keep one of them")
		}
	}
	f.origins("api.return_origins", a.ReturnOrigins, production)
}

func (f *faults) checkWebhooks(w Webhooks, production bool) {
	if w.AllowPrivate && production {
		f.add("webhooks.allow_private", "lets webhooks reach private addresses, in production", "set false; it is for tests")
	}
	for i, e := range w.Endpoints {
		key := fmt.Sprintf("webhooks.endpoints[%d]", i)
		u, err := url.Parse(e.URL)
		switch {
		case err != nil || u.Hostname() == "" || (u.Scheme != "https" && u.Scheme != "http") || u.User != nil || u.Fragment != "":
			f.add(key+".url", "is not the URL of a receiver", "use one like https://shop.example.com/webhooks, without a user name or fragment")
		case u.Scheme == "http" && !w.AllowPrivate:
			f.add(key+".url", "is not https", "use https; webhooks.allow_private lets tests use http")
		case slices.IndexFunc(w.Endpoints, func(other Endpoint) bool { return other.URL == e.URL }) < i:
			f.add(key+".url", "is listed twice", "keep one of them")
		}
		body, isSecret := strings.CutPrefix(e.Secret.Value(), "whsec_")
		raw, err := base64.StdEncoding.DecodeString(body)
		if !isSecret || err != nil || len(raw) < 24 || len(raw) > 64 {
			f.add(key+".secret", "is not a webhook secret", "use whsec_ and the base64 of 24 to 64 random bytes")
		}
		for j, name := range e.Events {
			if !slices.Contains(events, name) {
				f.add(fmt.Sprintf("%s.events[%d]", key, j), shown(name)+" is not an event", choice(name, events))
			}
		}
	}
}

func (f *faults) checkAdmin(a Admin, production bool) {
	hasPassword, hasHash := a.Password.IsSet(), a.PasswordHash.IsSet()
	switch {
	case hasPassword && hasHash:
		f.add("admin.password", "is set beside admin.password_hash", "keep one of them")
	case (hasPassword || hasHash) && a.Username == "":
		f.add("admin.username", "is missing beside a password", "set the name to sign in with")
	case a.Username != "" && !hasPassword && !hasHash:
		f.add("admin.password_hash", "is missing beside admin.username", "set it, or admin.password")
	}
	if hasHash && !strings.HasPrefix(a.PasswordHash.Value(), "$argon2id$") {
		f.add("admin.password_hash", "is not an argon2id hash", "use one that begins with $argon2id$, or set admin.password instead")
	}
	if hasPassword && production && len(a.Password.Value()) < 12 {
		f.add("admin.password", "is short enough to guess", "use at least 12 characters in production")
	}
}

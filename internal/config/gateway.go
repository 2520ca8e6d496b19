package config

import (
	"net"
	"net/url"
	"strconv"
	"strings"
	"time"
)

// The gateway's addresses (guide 1.2).
const (
	testURL       = "https://celer-api.lianlianpay-inc.com"
	productionURL = "https://gpapi.lianlianpay.com"
)

// The domains that tell a test gateway from a production one.
const (
	testDomain       = "lianlianpay-inc.com"
	productionDomain = "lianlianpay.com"
)

func within(host, domain string) bool {
	host = strings.ToLower(strings.TrimSuffix(host, "."))
	return host == domain || strings.HasSuffix(host, "."+domain)
}

func (f *faults) checkGateway(l LianLian) {
	f.among("lianlian.mode", l.Mode, modes)
	if l.BaseURL != "" {
		f.url("lianlian.base_url", l.BaseURL, l.Mode != ModeProduction)
		f.checkGatewayHost(l)
	}
	switch l.Mode {
	case ModeSimulator:
		// A real key here means that somebody expects real money, and would be shown play money.
		if l.PrivateKey.IsSet() {
			f.add("lianlian.private_key", "is set, but the simulator makes its own keys", "remove it, or set lianlian.mode to test or production")
		}
		if l.PublicKey.IsSet() {
			f.add("lianlian.public_key", "is set, but the simulator makes its own keys", "remove it, or set lianlian.mode to test or production")
		}
	case ModeTest, ModeProduction:
		missing := "is missing, in mode " + l.Mode
		if l.MerchantID == "" {
			f.add("lianlian.merchant_id", missing, "set the number that LianLian gave the merchant")
		}
		if !l.PrivateKey.IsSet() {
			f.add("lianlian.private_key", missing, "set the merchant's private key: its text, or a path to its file")
		}
		if !l.PublicKey.IsSet() {
			f.add("lianlian.public_key", missing, "set LianLian's public key: its text, or a path to its file")
		}
	}
	f.merchantID("lianlian.merchant_id", l.MerchantID)
	if _, err := time.LoadLocation(l.Timezone); err != nil || l.Timezone == "" || l.Timezone == "Local" {
		f.add("lianlian.timezone", shown(l.Timezone)+" is not a time zone", "use an IANA name, like Asia/Hong_Kong")
	}
	f.among("lianlian.timestamp", l.Timestamp, stamps)
	f.between("lianlian.timeout", l.Timeout, time.Second, time.Minute)
}

// checkGatewayHost keeps play money and real money apart.
func (f *faults) checkGatewayHost(l LianLian) {
	u, err := url.Parse(l.BaseURL)
	if err != nil {
		return
	}
	host := u.Hostname()
	const key = "lianlian.base_url"
	switch {
	case l.Mode == ModeSimulator && within(host, productionDomain):
		f.add(key, "is the production gateway, beside the simulator", "remove it, or set lianlian.mode to production")
	case l.Mode == ModeSimulator && !loopback(host):
		f.add(key, "is another gateway than the simulator", "remove it, or set lianlian.mode to test")
	case l.Mode == ModeTest && within(host, productionDomain):
		f.add(key, "is the production gateway, in mode test", "use "+testURL+" or set lianlian.mode to production")
	case l.Mode == ModeProduction && within(host, testDomain):
		f.add(key, "is the test gateway, in mode production", "use "+productionURL+" or set lianlian.mode to test")
	}
}

// finish fills in what follows from the rest of a configuration without faults.
func (c *Config) finish() {
	c.Server.BaseURL = strings.TrimRight(c.Server.BaseURL, "/")
	c.LianLian.BaseURL = strings.TrimRight(c.LianLian.BaseURL, "/")
	if c.LianLian.Refunds == RefundsByMode {
		c.LianLian.Refunds = RefundsOff
		if c.LianLian.Mode == ModeSimulator {
			c.LianLian.Refunds = RefundsV3
		}
	}
	if c.LianLian.BaseURL == "" {
		switch c.LianLian.Mode {
		case ModeTest:
			c.LianLian.BaseURL = testURL
		case ModeProduction:
			c.LianLian.BaseURL = productionURL
		}
	}
}

// BaseURL is the public URL without a slash at its end: server.base_url, or http at the address that is
// being listened on, which is localhost unless server.address names another.
func (c *Config) BaseURL(listening net.Addr) string {
	if c.Server.BaseURL != "" {
		return c.Server.BaseURL
	}
	host, port := "localhost", 0
	if a, ok := listening.(*net.TCPAddr); ok {
		port = a.Port
		if len(a.IP) > 0 && !a.IP.IsUnspecified() && !a.IP.Equal(net.IPv4(127, 0, 0, 1)) {
			host = a.IP.String()
		}
	}
	return "http://" + net.JoinHostPort(host, strconv.Itoa(port))
}

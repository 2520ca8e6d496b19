package config

import (
	"net"
	"net/netip"
	"net/url"
	"strings"
)

// Metrics says who may read what is counted, takings among it.
type Metrics struct {
	// Token opens GET /metrics as a bearer token. Without one, programs on this machine may read it, and in production nobody.
	Token Secret `yaml:"token"`
	// Address is one more place to listen, for the metrics alone. Defaults to none.
	Address string `yaml:"address"`
}

// Tracing says where traces go. Without an endpoint there are none.
type Tracing struct {
	// Endpoint is a collector's base address that takes OTLP over HTTP.
	Endpoint string `yaml:"endpoint"`
}

// leastToken is how many characters a token has that nobody guesses.
const leastToken = 16

func (f *faults) checkMetrics(m Metrics, production bool) {
	if m.Token.IsSet() {
		switch v := m.Token.Value(); {
		case strings.ContainsFunc(v, func(r rune) bool { return r <= ' ' || r > '~' }):
			f.add("metrics.token", "can't be sent as a bearer token", "use letters, digits and -._~+/= without blanks")
		case production && len(v) < leastToken:
			f.add("metrics.token", "is short enough to guess", "use at least 16 random characters in production")
		}
	}
	if m.Address == "" {
		return
	}
	f.listen("metrics.address", m.Address, "127.0.0.1:9464")
	host, _, err := net.SplitHostPort(m.Address)
	if err != nil || m.Token.IsSet() || host == "localhost" {
		return
	}
	if ip, err := netip.ParseAddr(host); err != nil || !ip.IsLoopback() {
		f.add("metrics.address", "lets other machines read the shop's takings", "listen on 127.0.0.1, or set metrics.token")
	}
}

func (f *faults) checkTracing(t Tracing) {
	if t.Endpoint == "" {
		return
	}
	u, err := url.Parse(t.Endpoint)
	if err != nil || u.Hostname() == "" || (u.Scheme != "http" && u.Scheme != "https") || u.RawQuery != "" || u.Fragment != "" || u.User != nil {
		f.add("tracing.endpoint", "is not a collector's address", "use one like http://127.0.0.1:4318")
	}
}

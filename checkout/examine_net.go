package checkout

import (
	"cmp"
	"context"
	"crypto/rand"
	"crypto/tls"
	"errors"
	"fmt"
	"io"
	"net"
	"net/http"
	"net/url"
	"strings"
	"time"

	"lianlian-checkout/internal/webhooks"
	"lianlian-checkout/lianlian"
	"lianlian-checkout/models"
)

func isProductionURL(text string) bool {
	u, err := url.Parse(text)
	if err != nil || u.Scheme != "https" {
		return false
	}
	host := strings.ToLower(u.Hostname())
	return host == "lianlianpay.com" || strings.HasSuffix(host, ".lianlianpay.com")
}

// keys looks at both keys: ours by its public half, whose fingerprint is compared with the one at LianLian.
func (e *examination) keys(context.Context) []Finding {
	ours, theirs := e.o.Client.Signer.PublicKey(), e.o.Client.Verifier.Key()
	finding := func(check string, bits int, fingerprint string) Finding {
		facts := []string{"Bits", fmt.Sprint(bits), "Fingerprint", fingerprint}
		if lianlian.WeakKey(bits) {
			return models.NewFinding(check, models.GradeWarn, "weak", facts...)
		}
		return models.NewFinding(check, models.GradePass, "ok", facts...)
	}
	list := []Finding{finding("private_key", ours.N.BitLen(), lianlian.Fingerprint(ours))}
	if ours.Equal(theirs) {
		return append(list, models.NewFinding("public_key", models.GradeFail, "own"))
	}
	return append(list, finding("public_key", theirs.N.BitLen(), lianlian.Fingerprint(theirs)))
}

// gateway asks about a payment that can't exist: it moves nothing, and shows that each side knows the other's key. The answer's Date shows the clock.
func (e *examination) gateway(ctx context.Context) []Finding {
	client := *e.o.Client
	var seen lianlian.Exchange
	client.Trace = func(x lianlian.Exchange) { seen = x }
	began := time.Now()
	_, err := client.QueryPayment(ctx, "doctor"+rand.Text()+rand.Text())
	took := time.Since(began)
	list := []Finding{asked(err, took)}
	if date, parseErr := http.ParseTime(seen.ResponseHeader.Get("Date")); parseErr == nil {
		// The header has whole seconds, cut off; it was written somewhere between asking and the answer.
		ours := e.o.Now().Add(-took / 2)
		list = append(list, clock(ours.Sub(date.Add(500*time.Millisecond)), 500*time.Millisecond+took/2))
	} else if seen.Status != 0 {
		list = append(list, models.NewFinding("clock", models.GradeWarn, "unknown"))
	}
	return list
}

// asked grades the answer to the test query.
func asked(err error, took time.Duration) Finding {
	var refusal *lianlian.Error
	answered := errors.As(err, &refusal)
	ms := fmt.Sprint(took.Milliseconds())
	is := func(codes ...lianlian.ReturnCode) bool {
		for _, c := range codes {
			if answered && refusal.ReturnCode == c {
				return true
			}
		}
		return false
	}
	fail := func(reason string, facts ...string) Finding {
		return models.NewFinding("gateway", models.GradeFail, reason, facts...)
	}
	switch {
	case err == nil:
		return models.NewFinding("gateway", models.GradePass, "ok", "Ms", ms) // a payment of that id: signed and verified all the same
	case errors.Is(err, lianlian.ErrSignature) && !strings.Contains(err.Error(), "no signature header"):
		return fail("unbelievable")
	case is(lianlian.CodeObjectNotFound) && refusal.Signed:
		return models.NewFinding("gateway", models.GradePass, "ok", "Ms", ms)
	case is(lianlian.CodeObjectNotFound):
		return models.NewFinding("gateway", models.GradeWarn, "unsigned", "Ms", ms)
	case is(lianlian.CodeInvalidSignature):
		return fail("signature")
	case is(lianlian.CodeInvalidMerchant, lianlian.CodeInactiveMerchant, lianlian.CodeInvalidSecondaryMerchant):
		return fail("merchant", "Code", string(refusal.ReturnCode))
	case is(lianlian.CodeIPNotAuthorized):
		return fail("ip")
	case answered && refusal.ReturnCode != "":
		return fail("refused", "Code", string(refusal.ReturnCode), "Trace", refusal.TraceID)
	case answered:
		return fail("other", "Status", fmt.Sprint(refusal.HTTPStatus))
	}
	return fail("unreachable", "Why", plain(err))
}

// How far the clock may be off the gateway's.
const (
	clockOff = 3 * time.Second
	clockFar = time.Minute
)

// clock grades a difference that is known to within doubt.
func clock(off, doubt time.Duration) Finding {
	ms := fmt.Sprintf("%+d", off.Milliseconds())
	switch sure := off.Abs() - doubt; {
	case sure > clockFar:
		return models.NewFinding("clock", models.GradeFail, "far", "Ms", ms)
	case sure > clockOff:
		return models.NewFinding("clock", models.GradeWarn, "off", "Ms", ms)
	}
	return models.NewFinding("clock", models.GradePass, "ok", "Ms", ms)
}

// address is about how the world finds us: https, the name, the certificate, who stands in front.
func (e *examination) address(ctx context.Context) []Finding {
	u := e.o.BaseURL
	host := u.Hostname()
	severe := models.GradeWarn // while nobody pays with real money
	if e.o.Production {
		severe = models.GradeFail
	}
	list := one("base_url", models.GradePass, "ok", "URL", u.String())
	if u.Scheme != "https" {
		list = one("base_url", severe, "http", "URL", u.String())
	} else if len(e.o.TrustedProxies) == 0 {
		list = append(list, models.NewFinding("proxies", models.GradeWarn, "none"))
	} else {
		list = append(list, models.NewFinding("proxies", models.GradePass, "ok", "List", strings.Join(e.o.TrustedProxies, ", ")))
	}
	addresses, err := e.lookup(ctx, host)
	if err != nil || len(addresses) == 0 {
		return append(list, models.NewFinding("name", models.GradeFail, "none", "Host", host))
	}
	var texts []string
	private := false
	for _, a := range addresses {
		texts = append(texts, a.Unmap().String())
		private = private || !webhooks.Public(a)
	}
	if private {
		list = append(list, models.NewFinding("name", severe, "private", "Host", host, "Addresses", strings.Join(texts, ", ")))
	} else {
		list = append(list, models.NewFinding("name", models.GradePass, "ok", "Host", host, "Addresses", strings.Join(texts, ", ")))
	}
	if u.Scheme == "https" {
		list = append(list, e.certificate(ctx, u))
	}
	return list
}

// certificateSoon is how long before its end a certificate should have been renewed.
const certificateSoon = 14 * 24 * time.Hour

// certificate connects as a browser would.
func (e *examination) certificate(ctx context.Context, u *url.URL) Finding {
	port := cmp.Or(u.Port(), "443")
	conf := &tls.Config{MinVersion: tls.VersionTLS12, ServerName: u.Hostname(), RootCAs: e.roots}
	conn, err := (&tls.Dialer{NetDialer: &net.Dialer{Timeout: 8 * time.Second}, Config: conf}).DialContext(ctx, "tcp", net.JoinHostPort(u.Hostname(), port))
	if err != nil {
		return models.NewFinding("certificate", models.GradeFail, "bad", "Why", plain(err))
	}
	defer func() { _ = conn.Close() }()
	ends := conn.(*tls.Conn).ConnectionState().PeerCertificates[0].NotAfter
	days := fmt.Sprint(int(ends.Sub(e.o.Now()).Hours() / 24))
	if ends.Sub(e.o.Now()) < certificateSoon {
		return models.NewFinding("certificate", models.GradeWarn, "soon", "Days", days)
	}
	return models.NewFinding("certificate", models.GradePass, "ok", "Days", days)
}

// notification goes to our own public address and back: it must be us who answer, and an unsigned notification must be refused.
func (e *examination) notification(ctx context.Context) []Finding {
	base := strings.TrimSuffix(e.o.BaseURL.String(), "/")
	status, body, err := e.fetch(ctx, http.MethodGet, base+"/healthz", "")
	switch {
	case err != nil:
		return one("reach", models.GradeFail, "fails", "URL", base+"/healthz", "Why", plain(err))
	case status != http.StatusOK || body != "ok\n":
		return one("reach", models.GradeFail, "other", "URL", base+"/healthz", "Status", fmt.Sprint(status))
	}
	list := one("reach", models.GradePass, "ok", "URL", base)
	status, _, err = e.fetch(ctx, http.MethodPost, base+"/lianlian/notify", `{"merchant_id":"doctor"}`)
	switch {
	case err != nil:
		return append(list, models.NewFinding("notify", models.GradeFail, "fails", "Why", plain(err)))
	case status != http.StatusUnauthorized:
		return append(list, models.NewFinding("notify", models.GradeFail, "wrong", "Status", fmt.Sprint(status)))
	}
	return append(list, models.NewFinding("notify", models.GradePass, "ok", "URL", base+"/lianlian/notify"))
}

func (e *examination) fetch(ctx context.Context, method, to, body string) (int, string, error) {
	req, err := http.NewRequestWithContext(ctx, method, to, strings.NewReader(body))
	if err != nil {
		return 0, "", err
	}
	if body != "" {
		req.Header.Set("Content-Type", "application/json")
	}
	res, err := e.outside.Do(req)
	if err != nil {
		return 0, "", err
	}
	defer res.Body.Close()
	text, err := io.ReadAll(io.LimitReader(res.Body, 1024))
	return res.StatusCode, string(text), err
}

// webhooks looks where the endpoints' names lead; nothing is sent.
func (e *examination) webhooks(ctx context.Context) []Finding {
	targets, err := e.targets(ctx)
	if err != nil {
		return one("webhooks", models.GradeFail, "fails", "Host", "", "Why", plain(err))
	}
	if len(targets) == 0 {
		return one("webhooks", models.GradePass, "none")
	}
	for _, target := range targets {
		u, err := url.Parse(target)
		if err != nil {
			continue // which New refuses
		}
		addresses, err := e.lookup(ctx, u.Hostname())
		if err != nil {
			return one("webhooks", models.GradeFail, "fails", "Host", u.Hostname(), "Why", plain(err))
		}
		for _, a := range addresses {
			if !webhooks.Public(a) && !e.o.AllowPrivateWebhooks {
				return one("webhooks", models.GradeFail, "private", "Host", u.Hostname())
			}
		}
	}
	return one("webhooks", models.GradePass, "ok", "Count", fmt.Sprint(len(targets)))
}

// plain is an error for people: its last part, without addresses of requests, whose queries might say something.
func plain(err error) string {
	var u *url.Error
	if errors.As(err, &u) {
		err = u.Err
	}
	var op *net.OpError
	if errors.As(err, &op) && op.Err != nil {
		err = op.Err
	}
	text := err.Error()
	if len(text) > 200 {
		text = text[:200]
	}
	return strings.ToValidUTF8(text, "")
}

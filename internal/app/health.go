package app

import (
	"context"
	"fmt"
	"io"
	"net"
	"net/http"
	"net/url"
	"time"
)

type healthCommand struct {
	Ready bool `help:"Ask whether money can be taken, not only whether the program answers."`
}

// healthWithin is how long the running program may take to answer.
const healthWithin = 5 * time.Second

// Run asks the program that the configuration describes, on this machine.
func (h healthCommand) Run(ctx context.Context, p *Process, cli *commands) error {
	conf, err := cli.load(p)
	if err != nil {
		return err
	}
	host, port, err := net.SplitHostPort(conf.Server.Address)
	if err != nil {
		return err
	}
	if ip := net.ParseIP(host); host == "" || (ip != nil && ip.IsUnspecified()) {
		host = "127.0.0.1"
	}
	base, err := url.Parse(conf.Server.BaseURL)
	if err != nil {
		return err
	}
	what := "healthz"
	if h.Ready {
		what = "readyz"
	}
	ctx, cancel := context.WithTimeout(ctx, healthWithin)
	defer cancel()
	at := url.URL{Scheme: "http", Host: net.JoinHostPort(host, port), Path: base.JoinPath(what).Path}
	req, err := http.NewRequestWithContext(ctx, http.MethodGet, at.String(), nil)
	if err != nil {
		return err
	}
	resp, err := http.DefaultClient.Do(req)
	if err != nil {
		return err
	}
	defer resp.Body.Close()
	text, _ := io.ReadAll(io.LimitReader(resp.Body, 4096)) // what was read says enough
	_, _ = p.Stdout.Write(text)
	if resp.StatusCode != http.StatusOK {
		return fmt.Errorf("%s answered %d", at.Path, resp.StatusCode)
	}
	return nil
}

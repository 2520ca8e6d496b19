package app

import (
	"context"
	"crypto/rand"
	"errors"
	"fmt"
	"io"
	"log/slog"
	"net"
	"net/http"
	"net/netip"
	"net/url"
	"os"
	"slices"
	"strings"
	"time"

	"github.com/skip2/go-qrcode"

	"lianlian-checkout/checkout"
)

type demoCommand struct {
	Address string `help:"Where to listen." default:":8080" placeholder:"HOST:PORT"`
	Host    string `help:"This machine's address for phones in the same network. Defaults to one that is found." placeholder:"ADDRESS"`
	Logo    string `help:"The prospect's logo: PNG, JPEG or WebP." placeholder:"FILE"`
}

// Run shows presenter mode until ctx ends. Everything is kept in a folder of its own, which is removed at the end; the environment's
// settings don't count, so that a demonstration is the same everywhere.
func (c demoCommand) Run(ctx context.Context, p *Process, cli *commands) error {
	text, err := c.text(p, cli)
	if err != nil {
		return usageError{err}
	}
	worn, own, err := c.logos(text, cli)
	if err != nil {
		return usageError{err}
	}
	listener, err := (&net.ListenConfig{}).Listen(ctx, "tcp", c.Address)
	if err != nil {
		return usageError{fmt.Errorf("--address: %w", err)}
	}
	host, others := c.reachable(listener.Addr())
	base := &url.URL{Scheme: "http", Host: net.JoinHostPort(host, fmt.Sprint(listener.Addr().(*net.TCPAddr).Port))}
	folder, err := os.MkdirTemp("", "checkout-demo-")
	if err != nil {
		return errors.Join(err, listener.Close())
	}
	defer func() { _ = os.RemoveAll(folder) }()
	log := slog.New(slog.NewTextHandler(p.Stderr, &slog.HandlerOptions{Level: slog.LevelWarn}))
	s := &stage{
		text: text, shipped: p.Shipped, logo: own, folder: folder, base: base, listening: listener.Addr(), log: log,
		password: strings.ToLower(rand.Text()[:12]), local: ownAddresses(),
	}
	if err := s.Restart(ctx, checkout.Dress{Logo: worn}); err != nil {
		return errors.Join(usageError{err}, listener.Close())
	}
	if err := greet(p.Stdout, base, s.password, others); err != nil {
		return errors.Join(err, listener.Close(), s.close())
	}
	return serveStage(ctx, listener, s)
}

// reachable is the host of the shop's address, and what else it might be.
func (c demoCommand) reachable(listening net.Addr) (host string, others []string) {
	if c.Host != "" {
		return c.Host, nil
	}
	if tcp, ok := listening.(*net.TCPAddr); ok && !tcp.IP.IsUnspecified() {
		return tcp.IP.String(), nil
	}
	found := lanAddresses()
	if len(found) == 0 {
		return "127.0.0.1", nil
	}
	return found[0], found[1:]
}

// greet prints where the presenter and the audience go, with a code for phones.
func greet(w io.Writer, base *url.URL, password string, others []string) error {
	code, err := qrcode.New(base.String()+"/", qrcode.Low)
	if err != nil {
		return err
	}
	loopback := net.ParseIP(base.Hostname()).IsLoopback()
	text := fmt.Sprintf("Demonstration open at %s/demo\nNo real money, and nothing leaves this machine.\nDesk at %s/admin: user admin, password for this run %s\n", base, base, password)
	switch {
	case loopback:
		text += "Phones can't reach this machine: no address in a network was found. --host names one.\n"
	default:
		text += "\nPhones in the same network scan this to shop:\n" + inColours(w, code.ToSmallString(false))
	}
	if len(others) > 0 {
		text += "If they can't reach it, try --host " + strings.Join(others, ", or ") + "\n"
	}
	_, err = io.WriteString(w, text)
	return err
}

// inColours keeps a code light on dark in a terminal of whatever colours.
func inColours(w io.Writer, code string) string {
	file, ok := w.(*os.File)
	if !ok {
		return code
	}
	if info, err := file.Stat(); err != nil || info.Mode()&os.ModeCharDevice == 0 {
		return code
	}
	const white, plain = "\x1b[97;40m", "\x1b[0m"
	return white + strings.ReplaceAll(strings.TrimSuffix(code, "\n"), "\n", plain+"\n"+white) + plain + "\n"
}

func serveStage(ctx context.Context, listener net.Listener, s *stage) error {
	server := &http.Server{
		Handler: s, ReadHeaderTimeout: 5 * time.Second, ReadTimeout: 30 * time.Second, WriteTimeout: 60 * time.Second, IdleTimeout: 2 * time.Minute,
		MaxHeaderBytes: 256 << 10, // a link may carry a logo
		ErrorLog:       slog.NewLogLogger(s.log.Handler(), slog.LevelDebug),
	}
	return errors.Join(serveUntil(ctx, server, listener, s.release), s.close())
}

// ownAddresses are this machine's.
func ownAddresses() map[netip.Addr]bool {
	own := map[netip.Addr]bool{}
	list, err := net.InterfaceAddrs()
	if err != nil {
		return own
	}
	for _, a := range list {
		if prefix, err := netip.ParsePrefix(a.String()); err == nil {
			own[prefix.Addr().Unmap()] = true
		}
	}
	return own
}

// lanAddresses are this machine's IPv4 addresses in networks, the likeliest for people's phones first: private ones, then others, then those
// of containers and tunnels.
func lanAddresses() []string {
	var likely, others, unlikely []string
	interfaces, err := net.Interfaces()
	if err != nil {
		return nil
	}
	for _, i := range interfaces {
		if i.Flags&net.FlagUp == 0 || i.Flags&net.FlagLoopback != 0 {
			continue
		}
		addresses, err := i.Addrs()
		if err != nil {
			continue
		}
		for _, a := range addresses {
			prefix, err := netip.ParsePrefix(a.String())
			if err != nil || !prefix.Addr().Is4() || !prefix.Addr().IsGlobalUnicast() {
				continue
			}
			list := &others
			switch {
			case virtual(i.Name):
				list = &unlikely
			case prefix.Addr().IsPrivate():
				list = &likely
			}
			*list = append(*list, prefix.Addr().String())
		}
	}
	return slices.Concat(likely, others, unlikely)
}

// virtual tells by its name whether an interface leads to containers, virtual machines or a tunnel.
func virtual(name string) bool {
	for _, prefix := range []string{"docker", "br-", "veth", "virbr", "vmnet", "vboxnet", "utun", "tun", "tap", "wg", "zt", "cni", "flannel", "podman"} {
		if strings.HasPrefix(name, prefix) {
			return true
		}
	}
	return false
}

package app

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"net"
	"net/http"
	"net/netip"
	"net/url"
	"os"
	"path/filepath"
	"sync"

	"lianlian-checkout/checkout"
	"lianlian-checkout/internal/telemetry"
	"lianlian-checkout/lianlian/simulator"
	"lianlian-checkout/models"
)

// stage is presenter mode's handler: one shop at a time, which a restart puts another one in the place of.
type stage struct {
	text, shipped []byte
	logo          string // the text's own, for a dress that leaves name and logo as they are; "" without a file of its own
	folder        string
	base          *url.URL
	listening     net.Addr
	log           *slog.Logger
	password      string
	local         map[netip.Addr]bool

	restarting sync.Mutex
	count      int

	mu      sync.Mutex
	present *performance
	closing sync.WaitGroup
}

// performance is one shop with its own database and gateway, from one restart to the next.
type performance struct {
	*assembly
	database string
	stop     context.CancelFunc
	running  sync.WaitGroup // the background's work
	requests sync.WaitGroup
}

// ServeHTTP answers by the shop that is on.
func (s *stage) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	s.mu.Lock()
	p := s.present
	if p == nil {
		s.mu.Unlock()
		http.Error(w, "the demonstration is over", http.StatusServiceUnavailable)
		return
	}
	p.requests.Add(1)
	s.mu.Unlock()
	defer p.requests.Done()
	p.checkout.Handler().ServeHTTP(w, r)
}

// Restart puts a new shop on, in the dress, and ends the one before when its requests are answered. What is wrong with the dress leaves
// the one before on.
func (s *stage) Restart(ctx context.Context, d checkout.Dress) error {
	s.restarting.Lock()
	defer s.restarting.Unlock()
	s.count++
	next, err := s.perform(context.WithoutCancel(ctx), d, filepath.Join(s.folder, fmt.Sprintf("demo-%d.db", s.count)))
	if err != nil {
		return err
	}
	s.mu.Lock()
	last := s.present
	s.present = next
	s.mu.Unlock()
	if last != nil {
		s.closing.Go(func() {
			if err := last.end(); err != nil {
				s.log.Warn("the last demonstration didn't end well", "error", err)
			}
		})
	}
	return nil
}

func (s *stage) perform(ctx context.Context, d checkout.Dress, database string) (*performance, error) {
	hung := d
	if d.Logo == "" && d.Name == "" {
		hung.Logo = s.logo
	}
	picture, err := hung.Picture()
	if err != nil {
		return nil, err
	}
	conf, err := s.configure(d, database)
	if err != nil {
		return nil, err
	}
	p := &performance{database: database}
	if p.assembly, err = assemble(ctx, conf, s.base, s.listening, s.log, &overlooked{registry: telemetry.NewRegistry()}, s.demo(d)); err != nil {
		return nil, err
	}
	if picture != nil {
		if err := dressUp(ctx, p.checkout, picture); err != nil {
			return nil, errors.Join(err, p.end())
		}
	}
	ctx, p.stop = context.WithCancel(ctx)
	p.running.Go(func() { p.checkout.Run(ctx) })
	return p, nil
}

// dressUp hangs out the prospect's logo.
func dressUp(ctx context.Context, c *checkout.Checkout, picture []byte) error {
	name, err := c.SavePicture(ctx, picture, true)
	if errors.As(err, new(*models.InvalidError)) {
		return checkout.ErrDemoLogo
	}
	if err != nil {
		return err
	}
	return c.SetBranding(ctx, models.Branding{Logo: name})
}

// demo opens presenter mode in a checkout's options.
func (s *stage) demo(d checkout.Dress) func(*checkout.Options, *simulator.Simulator) {
	return func(o *checkout.Options, sim *simulator.Simulator) {
		o.Demo = &checkout.Demo{
			Dress: d, Restart: s.Restart, Forge: sim.Forge,
			Present: func(ip string) bool {
				a, err := netip.ParseAddr(ip)
				return err == nil && (a.IsLoopback() || s.local[a.Unmap()])
			},
			Misbehave: func(names ...string) error {
				scenario, err := simulator.ParseScenario(names...)
				if err == nil {
					sim.SetScenario(scenario)
				}
				return err
			},
		}
	}
}

// end waits for the requests under way and closes everything.
func (p *performance) end() error {
	p.release()
	if p.stop != nil {
		p.stop()
	}
	p.requests.Wait()
	p.running.Wait()
	err := p.assembly.close()
	for _, suffix := range []string{"", "-wal", "-shm"} {
		_ = os.Remove(p.database + suffix)
	}
	return err
}

// release lets go of everybody who is only waiting.
func (s *stage) release() {
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.present != nil {
		s.present.release()
	}
}

// close ends the shop that is on.
func (s *stage) close() error {
	s.restarting.Lock()
	defer s.restarting.Unlock()
	s.mu.Lock()
	last := s.present
	s.present = nil
	s.mu.Unlock()
	s.closing.Wait()
	if last == nil {
		return nil
	}
	return last.end()
}

package app

import (
	"context"
	"crypto/sha256"
	"crypto/subtle"
	"fmt"
	"log/slog"
	"net"
	"net/http"
	"strings"
	"time"

	"github.com/prometheus/client_golang/prometheus"
	sdk "go.opentelemetry.io/otel/sdk/trace"
	"go.opentelemetry.io/otel/trace"

	"lianlian-checkout/internal/config"
	"lianlian-checkout/internal/telemetry"
)

// overlooked is what those who watch over the program get: metrics, at an address of their own if one is configured, and traces.
type overlooked struct {
	registry *prometheus.Registry
	provider *sdk.TracerProvider // nil without traces
	listener net.Listener        // nil without metrics.address
	server   *http.Server
}

// flushWithin is how long the last spans may take to the collector.
const flushWithin = 3 * time.Second

func overlook(ctx context.Context, conf *config.Config, log *slog.Logger) (*overlooked, error) {
	o := &overlooked{registry: telemetry.NewRegistry()}
	var err error
	if conf.Metrics.Address != "" {
		if o.listener, err = (&net.ListenConfig{}).Listen(ctx, "tcp", conf.Metrics.Address); err != nil {
			return nil, fmt.Errorf("metrics.address: %w", err)
		}
	}
	if conf.Tracing.Endpoint != "" {
		telemetry.Complain(log)
		if o.provider, err = telemetry.Traces(conf.Tracing.Endpoint); err != nil {
			o.close()
			return nil, usageError{fmt.Errorf("tracing.endpoint: %w", err)}
		}
	}
	return o, nil
}

// traces is the provider, and nil as such when there is none.
func (o *overlooked) traces() trace.TracerProvider {
	if o.provider == nil {
		return nil
	}
	return o.provider
}

// serve answers at metrics.address until close.
func (o *overlooked) serve(conf *config.Config, log *slog.Logger) {
	if o.listener == nil {
		return
	}
	o.server = &http.Server{
		Handler: withToken(conf.Metrics.Token.Value(), telemetry.Handler(o.registry)), ReadHeaderTimeout: 5 * time.Second, ReadTimeout: 10 * time.Second,
		WriteTimeout: 30 * time.Second, MaxHeaderBytes: 16 << 10, ErrorLog: slog.NewLogLogger(log.Handler(), slog.LevelDebug),
	}
	log.Info("metrics are served", "address", o.listener.Addr().String())
	go func() { _ = o.server.Serve(o.listener) }() // ends with close
}

// withToken answers /metrics, and lets who has the token read it; everybody where there is none.
func withToken(token string, metrics http.Handler) http.Handler {
	want := sha256.Sum256([]byte("Bearer " + token))
	mux := http.NewServeMux()
	mux.HandleFunc("GET /metrics", func(w http.ResponseWriter, r *http.Request) {
		got := sha256.Sum256([]byte(strings.TrimSpace(r.Header.Get("Authorization"))))
		if token != "" && subtle.ConstantTimeCompare(want[:], got[:]) != 1 {
			w.Header().Set("WWW-Authenticate", `Bearer realm="metrics"`)
			http.Error(w, "the token is metrics.token", http.StatusUnauthorized)
			return
		}
		metrics.ServeHTTP(w, r)
	})
	return mux
}

// close ends the listening, and sends the last spans.
func (o *overlooked) close() {
	switch {
	case o.server != nil:
		_ = o.server.Close()
	case o.listener != nil:
		_ = o.listener.Close()
	}
	if o.provider != nil {
		ctx, cancel := context.WithTimeout(context.Background(), flushWithin)
		defer cancel()
		_ = o.provider.Shutdown(ctx) // what it couldn't send is in the log
	}
}

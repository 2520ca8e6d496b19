package telemetry

import (
	"context"
	"fmt"
	"net/url"
	"strings"
	"time"

	"go.opentelemetry.io/otel/attribute"
	"go.opentelemetry.io/otel/exporters/otlp/otlptrace/otlptracehttp"
	"go.opentelemetry.io/otel/sdk/resource"
	sdk "go.opentelemetry.io/otel/sdk/trace"

	"lianlian-checkout/internal/version"
)

// exportWithin is how long a collector may take to take a batch.
const exportWithin = 10 * time.Second

// Traces sends spans to a collector by OTLP over HTTP, in batches and beside the work: a collector that doesn't answer loses
// spans and delays nobody. endpoint is its base address, like http://127.0.0.1:4318. Shut the provider down at the end.
func Traces(endpoint string) (*sdk.TracerProvider, error) {
	u, err := url.Parse(endpoint)
	if err != nil || u.Host == "" {
		return nil, fmt.Errorf("the collector's address can't be read")
	}
	if !strings.HasSuffix(u.Path, "/v1/traces") {
		u = u.JoinPath("v1/traces")
	}
	exporter, err := otlptracehttp.New(context.Background(), otlptracehttp.WithEndpointURL(u.String()), otlptracehttp.WithTimeout(exportWithin))
	if err != nil {
		return nil, fmt.Errorf("send traces: %w", err)
	}
	r := resource.NewSchemaless(attribute.String("service.name", "lianlian-checkout"), attribute.String("service.version", version.Read().Version))
	return sdk.NewTracerProvider(sdk.WithBatcher(exporter), sdk.WithResource(r)), nil
}

package telemetry

import (
	"bytes"
	"context"
	"encoding/hex"
	"encoding/json"
	"fmt"
	"io"
	"net/http"
	"net/url"
	"strconv"
	"strings"
	"time"

	"go.opentelemetry.io/otel/attribute"
	"go.opentelemetry.io/otel/codes"
	"go.opentelemetry.io/otel/sdk/resource"
	sdk "go.opentelemetry.io/otel/sdk/trace"

	"lianlian-checkout/internal/version"
)

// exportWithin is how long a collector may take to take a batch.
const exportWithin = 10 * time.Second

// Traces sends spans to a collector by OTLP over HTTP, as JSON, in batches and beside the work: a collector that doesn't answer loses
// spans and delays nobody. endpoint is its base address, like http://127.0.0.1:4318. Shut the provider down at the end.
//
// The encoding is written here, on the library's own SDK: its exporter links gRPC and Protocol Buffers (docs/decisions/0023).
func Traces(endpoint string) (*sdk.TracerProvider, error) {
	u, err := url.Parse(endpoint)
	if err != nil || u.Host == "" {
		return nil, fmt.Errorf("the collector's address can't be read")
	}
	if !strings.HasSuffix(u.Path, "/v1/traces") {
		u = u.JoinPath("v1/traces")
	}
	e := exporter{url: u.String(), client: &http.Client{Timeout: exportWithin, CheckRedirect: func(*http.Request, []*http.Request) error { return http.ErrUseLastResponse }}}
	r := resource.NewSchemaless(attribute.String("service.name", "lianlian-checkout"), attribute.String("service.version", version.Read().Version))
	return sdk.NewTracerProvider(sdk.WithBatcher(e), sdk.WithResource(r)), nil
}

type exporter struct {
	url    string
	client *http.Client
}

// The parts of OTLP's JSON that we send. Ids are hexadecimal, 64-bit numbers are strings.
type (
	otlpValue struct {
		String *string `json:"stringValue,omitempty"`
		Int    *string `json:"intValue,omitempty"`
	}
	otlpAttribute struct {
		Key   string    `json:"key"`
		Value otlpValue `json:"value"`
	}
	otlpStatus struct {
		Code int `json:"code,omitempty"`
	}
	otlpSpan struct {
		TraceID    string          `json:"traceId"`
		SpanID     string          `json:"spanId"`
		Parent     string          `json:"parentSpanId,omitempty"`
		Name       string          `json:"name"`
		Kind       int             `json:"kind"`
		Start      string          `json:"startTimeUnixNano"`
		End        string          `json:"endTimeUnixNano"`
		Attributes []otlpAttribute `json:"attributes,omitempty"`
		Status     otlpStatus      `json:"status"`
	}
)

// ExportSpans posts one batch.
func (e exporter) ExportSpans(ctx context.Context, spans []sdk.ReadOnlySpan) error {
	if len(spans) == 0 {
		return nil
	}
	list := make([]otlpSpan, len(spans))
	for i, s := range spans {
		list[i] = otlpOf(s)
	}
	type object = map[string]any
	body, err := json.Marshal(object{"resourceSpans": []any{object{
		"resource":   object{"attributes": otlpAttributes(spans[0].Resource().Attributes())},
		"scopeSpans": []any{object{"scope": object{"name": "lianlian-checkout"}, "spans": list}},
	}}})
	if err != nil {
		return err
	}
	req, err := http.NewRequestWithContext(ctx, http.MethodPost, e.url, bytes.NewReader(body))
	if err != nil {
		return err
	}
	req.Header.Set("Content-Type", "application/json")
	resp, err := e.client.Do(req)
	if err != nil {
		return err
	}
	defer resp.Body.Close()
	_, _ = io.Copy(io.Discard, io.LimitReader(resp.Body, 64<<10)) // so that the connection is used again
	if resp.StatusCode/100 != 2 {
		return fmt.Errorf("the collector answered %d", resp.StatusCode)
	}
	return nil
}

// Shutdown has nothing to wait for: each batch is posted when it is handed over.
func (exporter) Shutdown(context.Context) error { return nil }

func otlpOf(s sdk.ReadOnlySpan) otlpSpan {
	trace, id := s.SpanContext().TraceID(), s.SpanContext().SpanID()
	o := otlpSpan{
		TraceID: hex.EncodeToString(trace[:]), SpanID: hex.EncodeToString(id[:]), Name: s.Name(), Kind: int(s.SpanKind()),
		Start: strconv.FormatInt(s.StartTime().UnixNano(), 10), End: strconv.FormatInt(s.EndTime().UnixNano(), 10),
		Attributes: otlpAttributes(s.Attributes()),
	}
	if parent := s.Parent().SpanID(); parent.IsValid() {
		o.Parent = hex.EncodeToString(parent[:])
	}
	if s.Status().Code == codes.Error {
		o.Status.Code = 2 // STATUS_CODE_ERROR
	}
	return o
}

func otlpAttributes(list []attribute.KeyValue) []otlpAttribute {
	out := make([]otlpAttribute, 0, len(list))
	for _, kv := range list {
		a := otlpAttribute{Key: string(kv.Key)}
		if text := kv.Value.Emit(); kv.Value.Type() == attribute.INT64 {
			a.Value.Int = &text
		} else {
			a.Value.String = &text
		}
		out = append(out, a)
	}
	return out
}

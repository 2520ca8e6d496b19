package telemetry

import (
	"log/slog"

	"go.opentelemetry.io/otel"
)

// Complain sends what OpenTelemetry has to say of itself to the log: spans that no collector took. It is the process's, so only the
// program calls it.
func Complain(log *slog.Logger) {
	otel.SetErrorHandler(otel.ErrorHandlerFunc(func(err error) { log.Warn("traces not sent", "error", err.Error()) }))
}

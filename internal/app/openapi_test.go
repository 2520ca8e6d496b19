package app_test

import (
	"io"
	"net/http"
	"net/http/httptest"
	"os"
	"testing"

	"github.com/pb33f/libopenapi"
	schema "github.com/pb33f/libopenapi-validator/schema_validation"

	"lianlian-checkout/models"
)

// TestWebhooksAreDocumented holds what each event's sample says against docs/openapi.yaml.
func TestWebhooksAreDocumented(t *testing.T) {
	t.Parallel()
	text, err := os.ReadFile("../../docs/openapi.yaml")
	if err != nil {
		t.Fatal(err)
	}
	doc, err := libopenapi.NewDocument(text)
	if err != nil {
		t.Fatal(err)
	}
	model, err := doc.BuildV3Model()
	if err != nil {
		t.Fatal(err)
	}
	event, _ := model.Model.Webhooks.GetOrZero("order").Post.RequestBody.Content.Get("application/json")
	bodies := make(chan string, 1)
	receiver := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		body, _ := io.ReadAll(r.Body)
		bodies <- string(body)
		w.WriteHeader(http.StatusNoContent)
	}))
	defer receiver.Close()
	for _, typ := range models.Tells {
		if code, _, stderr := run(t, nil, "trigger", typ, "--to", receiver.URL); code != 0 {
			t.Fatalf("trigger %s: %d %s", typ, code, stderr)
		}
		body := <-bodies
		if ok, faults := schema.NewSchemaValidator().ValidateSchemaString(event.Schema.Schema(), body); !ok {
			t.Errorf("%s isn't as documented:\n%s", typ, body)
			for _, f := range faults {
				for _, at := range f.SchemaValidationErrors {
					t.Errorf("%s: %s", at.FieldPath, at.Reason)
				}
			}
		}
	}
}

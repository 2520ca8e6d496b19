package models_test

import (
	"os"
	"regexp"
	"slices"
	"strings"
	"testing"

	"lianlian-checkout/models"
)

// TestStateMachineDocument keeps docs/state_machine.md true: its table's rows are the transition table.
func TestStateMachineDocument(t *testing.T) {
	t.Parallel()
	doc, err := os.ReadFile("../docs/state_machine.md")
	if err != nil {
		t.Fatal(err)
	}
	rows := regexp.MustCompile(`(?m)^\| ([A-Z]{2}) \|[^|]*\| ([A-Z ·]*?) *\|`).FindAllStringSubmatch(string(doc), -1)
	if len(rows) != len(models.Statuses) {
		t.Fatalf("the document has %d states, the code %d", len(rows), len(models.Statuses))
	}
	for _, row := range rows {
		var want []string
		for _, s := range models.Status(row[1]).Transitions() {
			want = append(want, string(s))
		}
		got := strings.FieldsFunc(row[2], func(r rune) bool { return r == ' ' || r == '·' })
		slices.Sort(got)
		slices.Sort(want)
		if !slices.Equal(got, want) {
			t.Errorf("%s: the document says %v, the table %v", row[1], got, want)
		}
	}
}

// TestRefundTableDocument does the same for refunds.
func TestRefundTableDocument(t *testing.T) {
	t.Parallel()
	doc, err := os.ReadFile("../docs/state_machine.md")
	if err != nil {
		t.Fatal(err)
	}
	rows := regexp.MustCompile(`(?m)^\| (created|pending|failed|succeeded) \|[^|]*\| ([a-z ·]*?) *\|$`).FindAllStringSubmatch(string(doc), -1)
	if len(rows) != len(models.RefundStatuses) {
		t.Fatalf("the document has %d statuses, the code %d", len(rows), len(models.RefundStatuses))
	}
	for _, row := range rows {
		var want []string
		for _, s := range models.RefundStatus(row[1]).Transitions() {
			want = append(want, string(s))
		}
		got := strings.FieldsFunc(row[2], func(r rune) bool { return r == ' ' || r == '·' })
		slices.Sort(got)
		slices.Sort(want)
		if !slices.Equal(got, want) {
			t.Errorf("%s: the document says %v, the table %v", row[1], got, want)
		}
	}
}

func TestJudgeRefund(t *testing.T) {
	t.Parallel()
	for _, tt := range []struct {
		from, to models.RefundStatus
		want     models.Verdict
	}{
		{"created", "pending", models.VerdictApplied}, {"created", "succeeded", models.VerdictApplied}, {"pending", "failed", models.VerdictApplied},
		{"failed", "succeeded", models.VerdictApplied}, {"failed", "pending", models.VerdictApplied}, {"succeeded", "succeeded", models.VerdictRepeated},
		{"succeeded", "pending", models.VerdictStale}, {"succeeded", "failed", models.VerdictStale}, {"pending", "", models.VerdictRefused}, {"pending", "RF", models.VerdictRefused},
	} {
		if got := models.JudgeRefund(tt.from, tt.to); got != tt.want {
			t.Errorf("JudgeRefund(%s, %s) = %s, want %s", tt.from, tt.to, got, tt.want)
		}
	}
}

func TestJudge(t *testing.T) {
	t.Parallel()
	for _, tt := range []struct {
		from, to models.Status
		want     models.Verdict
	}{
		{"IN", "PS", models.VerdictApplied}, {"PF", "PS", models.VerdictApplied}, {"PC", "PS", models.VerdictApplied},
		{"PS", "PS", models.VerdictRepeated}, {"PS", "WP", models.VerdictStale}, {"PS", "PF", models.VerdictStale}, {"RS", "PS", models.VerdictStale},
		{"PF", "PC", models.VerdictRefused}, {"PS", "RS", models.VerdictRefused}, {"WP", "RS", models.VerdictRefused}, {"WP", "", models.VerdictRefused},
		{"WP", "ps", models.VerdictRefused}, {"CB", "PS", models.VerdictStale},
		{"PR", "PS", models.VerdictStale}, {"PS", "PR", models.VerdictRefused}, // a refund that failed leads back to PS, yet PR isn't earlier
	} {
		if got := models.Judge(tt.from, tt.to); got != tt.want {
			t.Errorf("Judge(%s, %s) = %s, want %s", tt.from, tt.to, got, tt.want)
		}
	}
}

package handlers_test

import (
	"context"

	"lianlian-checkout/models"
)

// fakeExaminer finds one line of each grade.
type fakeExaminer struct {
	examined int
	message  string // whose signature was looked at last
}

func (f *fakeExaminer) Examine(context.Context) []models.Finding {
	f.examined++
	return []models.Finding{
		models.NewFinding("configuration", models.GradePass, "ok"),
		models.NewFinding("clock", models.GradeWarn, "off", "Ms", "+4200"),
		models.NewFinding("notify", models.GradeFail, "wrong", "Status", "<403>"),
	}
}

func (f *fakeExaminer) CheckSignature(body, signature, expected string) models.SignCheck {
	f.message = body + " signed " + signature
	return models.SignCheck{Finding: "other_text", Signing: "a=" + body, Expected: expected, DiffersAt: 2}
}

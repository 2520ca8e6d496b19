package models_test

import (
	"testing"

	"lianlian-checkout/models"
)

func TestRoles(t *testing.T) {
	t.Parallel()
	for i, r := range models.Roles {
		for j, other := range models.Roles {
			if got, want := r.Can(other), i >= j; got != want {
				t.Errorf("%s.Can(%s) = %v, want %v", r, other, got, want)
			}
		}
	}
	if models.Role("").Can(models.RoleReader) || models.RoleOwner.Can("") || models.Role("root").Can(models.RoleReader) {
		t.Error("a role that doesn't exist may do something")
	}
}

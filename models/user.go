package models

// Role is what somebody at the desk may do.
type Role string

const (
	RoleReader Role = "reader" // sees everything but secrets, changes nothing
	RoleStaff  Role = "staff"  // works with orders, refunds, products and payment links
	RoleOwner  Role = "owner"  // and with people, keys and settings
)

// Roles are all of them, the least first.
var Roles = []Role{RoleReader, RoleStaff, RoleOwner}

// Can tells whether somebody with the role may do what the other role may.
func (r Role) Can(other Role) bool {
	switch other {
	case RoleReader:
		return r == RoleReader || r == RoleStaff || r == RoleOwner
	case RoleStaff:
		return r == RoleStaff || r == RoleOwner
	case RoleOwner:
		return r == RoleOwner
	}
	return false
}

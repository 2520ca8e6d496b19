package webhooks

import (
	"errors"
	"net/netip"
	"slices"
	"syscall"
)

// ErrPrivate says that a name led to an address that isn't public.
var ErrPrivate = errors.New("the address isn't public: webhooks don't go there")

// global is where IPv6 has its public addresses.
var global = netip.MustParsePrefix("2000::/3")

// reserved are networks that no public receiver has (IANA's special-purpose registries), and those whose addresses hold another
// address that nobody would check (6to4, Teredo). 169.254.169.254, where clouds keep credentials, is link-local;
// 168.63.129.16 is Azure's.
var reserved = func() (list []netip.Prefix) {
	for _, s := range []string{
		"0.0.0.0/8", "10.0.0.0/8", "100.64.0.0/10", "127.0.0.0/8", "168.63.129.16/32", "169.254.0.0/16", "172.16.0.0/12", "192.0.0.0/24", "192.0.2.0/24",
		"192.88.99.0/24", "192.168.0.0/16", "198.18.0.0/15", "198.51.100.0/24", "203.0.113.0/24", "224.0.0.0/4", "240.0.0.0/4",
		"2001::/23", "2001:db8::/32", "2002::/16", "3fff::/20",
	} {
		list = append(list, netip.MustParsePrefix(s))
	}
	return list
}()

// Public tells whether an address can be a stranger's server, as Send requires.
func Public(a netip.Addr) bool { return public(a) }

// public tells whether an address can be a stranger's server.
func public(a netip.Addr) bool {
	a = a.Unmap().WithZone("")
	if !a.IsValid() || a.Is6() && !global.Contains(a) {
		return false
	}
	return !slices.ContainsFunc(reserved, func(p netip.Prefix) bool { return p.Contains(a) })
}

// refusePrivate is asked by the dialer with each address that it is about to connect to, after the name was looked up: an answer
// of the name's server that changes afterwards changes nothing.
func refusePrivate(_, address string, _ syscall.RawConn) error {
	to, err := netip.ParseAddrPort(address)
	if err != nil || !public(to.Addr()) {
		return ErrPrivate
	}
	return nil
}

package webhooks

import (
	"net/netip"
	"testing"
)

// Seen to fail with 100.64.0.0/10, Unmap or global left out.
func TestPublic(t *testing.T) {
	t.Parallel()
	for address, want := range map[string]bool{
		"8.8.8.8": true, "1.1.1.1": true, "104.16.0.1": true, "172.15.255.255": true, "172.32.0.1": true, "100.63.0.1": true, "100.128.0.1": true,
		"2606:4700::1111": true, "2a00:1450:4001::1": true, "::ffff:8.8.8.8": true, "198.17.0.1": true,
		"127.0.0.1": false, "127.9.9.9": false, "0.0.0.0": false, "10.1.2.3": false, "172.16.0.1": false, "172.31.255.255": false, "192.168.1.1": false,
		"169.254.169.254": false, "100.64.0.1": false, "100.127.255.255": false, "224.0.0.1": false, "239.255.255.250": false, "255.255.255.255": false,
		"192.0.0.192": false, "198.18.0.1": false, "203.0.113.9": false, "168.63.129.16": false, "240.0.0.1": false,
		"::1": false, "::": false, "::ffff:127.0.0.1": false, "::ffff:10.0.0.1": false, "::127.0.0.1": false, "64:ff9b::7f00:1": false, "2002:7f00:1::": false,
		"2001::1": false, "fe80::1": false, "fe80::1%eth0": false, "fc00::1": false, "fd00:ec2::254": false, "fec0::1": false, "ff02::1": false, "2001:db8::1": false,
	} {
		if got := public(netip.MustParseAddr(address)); got != want {
			t.Errorf("public(%s) = %v", address, got)
		}
	}
	if public(netip.Addr{}) {
		t.Error("no address is public")
	}
	for _, address := range []string{"", "here", "127.0.0.1", "/run/docker.sock", "127.0.0.1:80", "[::1]:443"} {
		if refusePrivate("tcp", address, nil) == nil {
			t.Errorf("%q wasn't refused", address)
		}
	}
	if err := refusePrivate("tcp6", "[2606:4700::1111]:443", nil); err != nil {
		t.Error(err)
	}
}

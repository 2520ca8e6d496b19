package config

import "fmt"

// leastKept is the fewest days that a buyer's data can be kept for: the gateway may be asked about a payment for as long.
const leastKept = 30

func (f *faults) checkKeep(c *Config) {
	for _, k := range []struct {
		key   string
		days  int
		least int
	}{{"keep.personal_data", c.Keep.PersonalData, leastKept}, {"keep.deliveries", c.Keep.Deliveries, 7}} {
		if k.days != 0 && (k.days < k.least || k.days > 36500) {
			f.add(k.key, fmt.Sprintf("%d days is out of range", k.days), fmt.Sprintf("use %d to 36500 days, or 0 for ever", k.least))
		}
	}
	if c.Database.BackupKeep < 1 || c.Database.BackupKeep > 1000 {
		f.add("database.backup_keep", fmt.Sprintf("%d is out of range", c.Database.BackupKeep), "use 1 to 1000 copies")
	}
	if c.Database.BackupFolder != "" && c.Database.DSN.IsPostgres() {
		f.add("database.backup_folder", "is set, but PostgreSQL is backed up by its own tools", "remove it, and let pg_dump run every night")
	}
}

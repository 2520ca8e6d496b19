package models

import (
	"context"
	"time"
)

// Pulse is how the shop's data stands, for whoever watches over the program.
type Pulse struct {
	// Orders counts by status. Those that are over may have been counted minutes ago.
	Orders    map[OrderStatus]int64
	Attention int64 // orders that need an operator's look
	// Overdue is how long the oldest work of each queue has been waiting beyond its time.
	Overdue map[Queue]time.Duration
	Writes  int   // waiting to be committed; always 0 on PostgreSQL
	Disk    int64 // bytes free where the database's file lies; -1 where that isn't known
}

// Queue is work that is kept in the database until it is due.
type Queue string

// The queues.
const (
	QueuePayments Queue = "payments" // questions to the gateway
	QueueWebhooks Queue = "webhooks" // deliveries, and facts that have none yet
	QueueMails    Queue = "mails"
)

// Queues lists them.
var Queues = []Queue{QueuePayments, QueueWebhooks, QueueMails}

// Part is something without which no money can be taken.
type Part struct {
	Name string // database, disk, migrations, keys or reconcile
	Err  error  // what is wrong; nil when nothing is
}

// Observer is told how the store does its work. It must be quick, and safe for concurrent use.
type Observer interface {
	// Write is told of a write that begins; it gives the write's context, and what is to be called after the commit.
	Write(ctx context.Context) (context.Context, func(error))
	// Commit is told of each transaction of SQLite's group writer: how many writes it carried, and how long it took.
	Commit(writes int, took time.Duration)
}

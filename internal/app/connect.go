package app

import (
	"crypto/sha256"
	"encoding/hex"
	"log/slog"
	"time"

	"github.com/google/uuid"

	"raynetsync/internal/engine"
	"raynetsync/internal/engine/journal"
	"raynetsync/internal/engine/pair"
	"raynetsync/internal/feed"
	"raynetsync/internal/jobs"
	"raynetsync/internal/record"
	"raynetsync/internal/remote"
	"raynetsync/internal/remote/outlook"
	"raynetsync/internal/remote/raynet"
	"raynetsync/internal/store"
	"raynetsync/internal/vault"
)

// Parts are what a connection is put together from.
type Parts struct {
	// Name of the connection; the configuration file describes the one called "default".
	Name   string
	Tenant string // directory (tenant) id: part of the keys that copies in RAYNET carry
	Store  *store.Store
	Vault  *vault.Vault

	Raynet  *raynet.Client
	Outlook *outlook.Client
	// Access tells whether our sight of RAYNET is as it was; nil asks the RAYNET client's account.
	Access engine.Access

	Rules  func(journal.Pair) pair.Rules
	Now    func() time.Time
	Holder string
	Log    *slog.Logger
	// NewID, Driver and Parallel are replaced by the simulator; their zero values are those of production.
	NewID    func() string
	Driver   engine.Driver
	Parallel int
	LeaseTTL time.Duration
	// Turns may be nil, see jobs.Connection.
	Turns *jobs.Turns
}

// Connect puts a connection together.
func Connect(parts Parts) *jobs.Connection {
	if parts.NewID == nil {
		parts.NewID = newID
	}
	if parts.Driver == nil {
		parts.Driver = engine.Concurrent
	}
	if parts.Parallel == 0 {
		parts.Parallel = 3
	}
	if parts.Access == nil {
		parts.Access = newSight(parts)
	}
	cache := &feed.Cache{InZone: parts.Raynet.InZone}
	widest := time.Duration(0)
	for _, kind := range record.Kinds() {
		widest = max(widest, parts.Rules(journal.Pair{Kind: kind}).Back)
	}
	e := &engine.Engine{
		Raynet: parts.Raynet, Outlook: parts.Outlook, Feed: parts.Outlook, Rows: cache, Access: parts.Access, Store: parts.Store,
		Digester: record.NewDigester(parts.Vault.DigestKey()), Now: parts.Now, NewID: parts.NewID,
		Key: CopyKey(parts.Tenant), Dates: outlook.Dates, Driver: parts.Driver, Parallel: parts.Parallel, Log: parts.Log,
	}
	return &jobs.Connection{
		Name: parts.Name, Engine: e, Store: parts.Store, Rules: parts.Rules, Holder: parts.Holder, Now: parts.Now,
		NewID: parts.NewID, Log: parts.Log, LeaseTTL: parts.LeaseTTL, Turns: parts.Turns,
		Feed: &feed.Feed{Connection: parts.Name, Source: parts.Raynet, Store: parts.Store, Cache: cache, Now: parts.Now, Back: widest,
			Started: parts.Now()},
	}
}

// newID returns an id that no other has; those made later are greater.
func newID() string { return uuid.Must(uuid.NewV7()).String() }

// CopyKey returns how the key of a copy in RAYNET is made from its Outlook original: a plain hash, so that it can be made again
// when every key of ours was lost. One meeting in several mailboxes has one key.
func CopyKey(tenant string) func(remote.Scope, remote.Snapshot) string {
	return func(scope remote.Scope, source remote.Snapshot) string {
		text := "item\x00" + tenant + "\x00" + scope.Mailbox + "\x00" + source.Ref.String()
		if source.Twin != "" {
			text = "meeting\x00" + tenant + "\x00" + source.Twin
		}
		sum := sha256.Sum256([]byte(text))
		return "ros-" + hex.EncodeToString(sum[:20])
	}
}

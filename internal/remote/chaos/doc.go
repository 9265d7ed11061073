// Package chaos is the HTTP middleware in front of both emulators: it keeps a log of the requests and makes the network
// and the service misbehave on purpose.
//
// It knows HTTP: methods, paths, bodies as bytes, connections that are cut. It refuses to know what RAYNET or Graph mean
// by any of it; an emulator that wants to name a mailbox in the log passes Options.Mailbox.
//
// Start with Layer.Wrap (what happens to one request) and Effect (what a fault can do to it).
package chaos

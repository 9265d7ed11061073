// Package app puts the program together: settings, key file, database, both clients, the connection, the jobs and the use-cases.
// It is the only place where they are wired, and the only one that knows the machine's clock, files and sockets.
//
// It refuses to decide anything about records. Start reading at Open; Serve is the server, Sync what the command line does
// beside one.
package app

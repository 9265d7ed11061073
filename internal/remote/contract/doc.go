// Package contract checks HTTP traffic of both services against their OpenAPI documents. It exists for tests: of the
// emulators (do they answer like the service?) and of the clients (do they ask like the documents say?).
//
// It knows where the documents are found, how a request finds its operation, and the lists of differences between the
// documents and the services that we know of and accept (testdata/*-differences.json). It refuses to know emulators and
// clients. Besides what OpenAPI validation covers, it refuses query names and body keys that the document does not
// mention, and, where the document shows an example instead of a schema, answers whose keys differ from the example.
//
// Start with Load, then Set.Check or Set.Transport.
package contract

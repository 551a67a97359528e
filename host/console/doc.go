// Package console is the pages for those who run the host: test login, the
// sessions that live, the people of the built-in provider, recorded logins, policies, a playground, replay, and the
// plugins. Whoever opens them holds the configured level, the playground's a
// level of its own; without one there is no console.
//
//	GET  /console                            what there is
//	GET  /console/test-login                 the providers
//	GET  /console/test-login/IDP             what a test does, and its button
//	POST /console/test-login/IDP             begins the real flow, without a session at its end
//	GET  /console/test-login/IDP/ID          the result, for the session that began it alone
//	GET  /console/test-login/IDP/ID/login.json  the login file (doorward.login/v1)
//	POST /console/test-login/IDP/ID/logout   test logout, at the provider
//	GET  /console/sessions                   who is signed in, where
//	POST /console/sessions/revoke            one session, one person's, all
//	GET  /console/people                     the built-in provider's people, by page
//	GET  /console/people/add                 a form for one more
//	POST /console/people/add                 adds them
//	GET  /console/people/person              one of them, and what can be done
//	POST /console/people/DEED                does it: change, password, badge, disable, reset, remove
//	GET  /console/people/import              asks for a file of people
//	POST /console/people/import              looks at it, or imports it
//	POST /console/people/export              everybody as a file, without secrets
//	GET  /console/logins                     asks for the id of a recorded login
//	GET  /console/logins/ID                  that login, explained; audited
//	GET  /console/policies                   the policies in use
//	GET  /console/playground                 a login, a policy, and the levels that come of them
//	POST /console/playground                 the same, with what was typed in
//	GET  /console/replay                     asks what to replay
//	POST /console/replay                     begins it
//	GET  /console/replay/ID                  its report, for the session that began it alone
//	POST /console/replay/ID/cancel           ends it
//	GET  /console/plugins                    the declared plugins
//	GET  /console/plugins/NAME               one of them, with all that is known of it
//
// A test walks host/login's own flow; its trace comes to Tested when it ends.
// What is kept of it is masked when it is put in, stays in memory, bounded and
// for minutes, and reaches neither the store nor a log.
//
// What is typed into the playground is in memory for the one request that brings
// it. Explanations, trials and replays are bounded in number and in time.
//
// The package does not know host/web: it declares the Edge that it needs of it.
package console

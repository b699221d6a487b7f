/// The types of requests and answers, named as on the wire but for the case of members (`created_at` is
/// `createdAt`).
///
/// Members that are nil are left out, unless the type writes them as `null`. Readers of answers ignore
/// members they don't know.
package enum Wire {}

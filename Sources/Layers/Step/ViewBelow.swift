import Linux
import Model

/// The view a step stood on, mounted when it is first asked for, if ever.
final class ViewBelow {
    private let references: [LayerReference]
    private let store: LayerStore
    private var view: LayerView?

    init(_ references: [LayerReference], in store: LayerStore) {
        self.references = references
        self.store = store
    }

    func root() throws(Failure) -> SharedDirectory {
        if let view { return view.root }
        let view = try LayerView(of: references, in: store)
        self.view = view
        return view.root
    }
}

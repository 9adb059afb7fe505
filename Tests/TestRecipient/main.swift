print("recipient")
